// node-redis with its default settings, on the port that is the first argument. With "many" as the
// second, the server serves more than one connection at a time. Silent and status 0 if all is well.
import assert from 'node:assert/strict';
import { createClient, ErrorReply } from 'redis';

const [port, clients] = process.argv.slice(2);

async function connect() {
    const client = createClient({ socket: { host: '127.0.0.1', port: Number(port) } });
    client.on('error', (error) => {
        throw error;
    });
    return client.connect();
}

const client = await connect();
assert.equal(await client.ping(), 'PONG');
assert.equal(await client.echo('été \r\n\0'), 'été \r\n\0');
assert.equal((await client.hello()).proto, 3);
assert.deepEqual({ ...(await client.configGet('appendonly')) }, { appendonly: 'no' });
assert.match(await client.info('server'), /^# Server\r\nredis_version:/);
assert.equal(await client.clientGetName(), null);
assert.equal(await client.sendCommand(['SUM', '40', '2']), 42);
await assert.rejects(client.sendCommand(['NOPE', 'x']), ErrorReply);
const echoes = Array.from({ length: 1000 }, (_, i) => String(i));
assert.deepEqual(await Promise.all(echoes.map((text) => client.echo(text))), echoes);

assert.equal(await client.set('node-redis', 'value'), 'OK');
assert.equal(await client.get('node-redis'), 'value');
assert.equal(await client.exists('node-redis'), 1);
assert.equal(await client.del('node-redis'), 1);
assert.equal(await client.get('node-redis'), null);
const counts = Array.from({ length: 1000 }, (_, i) => i + 1);
assert.deepEqual(await Promise.all(counts.map(() => client.incr('node-redis'))), counts);
await assert.rejects(client.incrBy('node-redis', '9223372036854775807'), ErrorReply);

if (clients === 'many') {
    const other = await connect();
    assert.equal(await other.incr('node-redis'), 1001);
    assert.equal(await client.get('node-redis'), '1001');
    await other.close();
}
assert.equal(await client.del('node-redis'), 1);
await client.close();

const again = await connect();
assert.equal(await again.ping('salut'), 'salut');
await again.close();
