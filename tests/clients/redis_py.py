"""redis-py with its default settings, on the port that is the first argument. With "many" as the
second, the server serves more than one connection at a time. Silent and status 0 if all is well."""

import sys

import redis

port, clients = int(sys.argv[1]), sys.argv[2]


def check(got, expected):
    if got != expected:
        sys.exit(f"got {got!r} where {expected!r} was expected")


def close(client):
    client.connection_pool.disconnect()  # older ones keep their connection when they are closed
    client.close()


def fails(request):
    try:
        request()
    except redis.ResponseError:
        return True
    return False


every_byte = bytes(range(256))
client = redis.Redis(port=port)
check(client.ping(), True)
check(client.echo(every_byte), every_byte)
check(client.config_get("appendonly"), {"appendonly": "no"})
check("redis_version" in client.info("server"), True)
check(client.client_getname(), None)
check(client.execute_command("SUM", 40, 2), 42)
check(fails(lambda: client.execute_command("NOPE", "x")), True)

check(client.set("redis-py", every_byte), True)
check(client.get("redis-py"), every_byte)
check(client.exists("redis-py"), 1)
check(client.delete("redis-py"), 1)
check(client.get("redis-py"), None)
pipeline = client.pipeline(transaction=False)
for i in range(1000):
    pipeline.incr("redis-py").echo(str(i))
replies = pipeline.execute()
check(replies[0::2], list(range(1, 1001)))
check(replies[1::2], [b"%d" % i for i in range(1000)])

if clients == "many":
    other = redis.Redis(port=port, client_name="other")
    check(other.client_getname() in ("other", b"other"), True)
    check(other.incr("redis-py"), 1001)
    check(client.get("redis-py"), b"1001")
    close(other)
check(client.delete("redis-py"), 1)
close(client)

again = redis.Redis(port=port)
check(again.ping(), True)
close(again)
