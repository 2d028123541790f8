"""PyPI's `pusher` (a server library) and `pysher` (a client) against the daemon named on the command line."""
import faulthandler
import os
import sys
import threading

import pusher
import pysher

host, port, app_id, key, secret = sys.argv[1], int(sys.argv[2]), *sys.argv[3:6]
server = pusher.Pusher(app_id=app_id, key=key, secret=secret, host=host, port=port, ssl=False)
heard = {}
faulthandler.dump_traceback_later(50)  # where it hangs, should it
arrived = threading.Condition()


def note(name):
    def callback(*args):
        with arrived:
            heard.setdefault(name, []).append(args)
            arrived.notify_all()

    return callback


def wait(name):
    with arrived:
        assert arrived.wait_for(lambda: heard.get(name), timeout=20), (name, heard)
        return heard[name].pop(0)


client = pysher.Pusher(key, secret=secret, secure=False, custom_host=host, port=port, user_data={"user_id": 7})
client.connection.bind("pusher:connection_established", note("connected"))
# pysher asks before it knows the channel: an answer that is quick enough would find nobody who waits for it.
bound = threading.Lock()
handle = client.connection.event_handler


def handle_when_bound(*args):
    with bound:
        handle(*args)


client.connection.event_handler = handle_when_bound
client.connect()
wait("connected")
for name in ("py-room", "private-py", "presence-py"):
    with bound:
        channel = client.subscribe(name)
        channel.bind("pusher_internal:subscription_succeeded", note(name))
        channel.bind("said", note("said " + name))
    wait(name)
    server.trigger(name, "said", {"n": 1})
    assert wait("said " + name) == ('{"n": 1}',)

server.trigger_batch([{"channel": "py-room", "name": "said", "data": {"n": 2}}])
assert wait("said py-room") == ('{"n": 2}',)
info = server.channels_info("presence-", ["user_count"])
assert info["channels"]["presence-py"]["user_count"] == 1, info
assert server.channel_info("py-room", ["subscription_count"]) == {"occupied": True, "subscription_count": 1}
assert server.users_info("presence-py") == {"users": [{"id": "7"}]}
server.send_to_user("7", "hi", {})
try:
    pusher.Pusher(app_id=app_id, key=key, secret="x" * 20, host=host, port=port, ssl=False).trigger("a", "b", {})
    raise AssertionError("a wrong secret was accepted")
except pusher.errors.PusherForbidden:
    raise AssertionError("a wrong secret is no 403")
except pusher.errors.PusherBadAuth:
    pass
client.disconnect(timeout=5)  # its thread may sleep on a socket that is closed already
print("all is well", flush=True)
os._exit(0)  # pysher's thread would wait to connect again
