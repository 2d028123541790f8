"""PyPI's `pusher` reads the webhook that stands on stdin as {"key", "signature", "body"}."""
import json
import sys

import pusher

app_id, key, secret = sys.argv[1:4]
webhook = json.load(sys.stdin)
asked = (webhook["key"], webhook["signature"], webhook["body"])

wrong = pusher.Pusher(app_id=app_id, key=key, secret="x" * 20).validate_webhook(*asked)
assert wrong is None, wrong
told = pusher.Pusher(app_id=app_id, key=key, secret=secret).validate_webhook(*asked)
assert told, "it is not valid"
for event in told["events"]:
    print(event["name"], event["channel"])
