// ioredis with its default settings, on the port that is the first argument. With "many" as the
// second, the server serves more than one connection at a time. Silent and status 0 if all is well.
import assert from 'node:assert/strict';
import { Redis } from 'ioredis';

const [port, clients] = process.argv.slice(2);

function connect() {
    const client = new Redis(Number(port), '127.0.0.1');
    client.on('error', (error) => {
        throw error;
    });
    return client;
}

const client = connect();
assert.equal(await client.ping(), 'PONG');
const bytes = Buffer.from([0, 13, 10, 255]);
assert.deepEqual(await client.echoBuffer(bytes), bytes);
assert.match(JSON.stringify(await client.call('HELLO')), /"proto",3,/);
assert.match(await client.info('server'), /^# Server\r\nredis_version:/);
assert.equal(await client.client('GETNAME'), null);
assert.equal(await client.call('SUM', '40', '2'), 42);
await assert.rejects(client.call('NOPE', 'x'), /unknown command 'NOPE'/);
const pipeline = client.pipeline();
for (let i = 0; i < 1000; i++) pipeline.echo(String(i));
assert.deepEqual(
    await pipeline.exec(),
    Array.from({ length: 1000 }, (_, i) => [null, String(i)]),
);

assert.equal(await client.set('ioredis', 'value'), 'OK');
assert.equal(await client.get('ioredis'), 'value');
assert.equal(await client.del('ioredis'), 1);
assert.equal(await client.get('ioredis'), null);
const counts = Array.from({ length: 1000 }, (_, i) => i + 1);
assert.deepEqual(await Promise.all(counts.map(() => client.incr('ioredis'))), counts);

if (clients === 'many') {
    const other = connect();
    assert.equal(await other.incr('ioredis'), 1001);
    assert.equal(await client.get('ioredis'), '1001');
    await other.quit();
}
assert.equal(await client.del('ioredis'), 1);
assert.equal(await client.quit(), 'OK');

const again = connect();
assert.equal(await again.ping('salut'), 'salut');
await again.quit();
