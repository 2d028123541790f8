"""Another program at the database, with pymongo: reads one command a line, {"call": [...], "db": name}, and answers.

A command is a path from the client or the database to a method, and its arguments as MongoDB's extended JSON:
    {"id": 1, "db": "chat", "collection": "messages", "method": "insert_one", "args": [{...}], "kwargs": {...}}
    {"id": 2, "db": "admin", "method": "command", "args": ["ping"]}
The answer is {"id", "result"} or {"id", "error"}. "watch" is no method of pymongo but of this program: it reads a change
stream and tells each event as {"watch": id, "event", "at"}, until the program ends.
"""

import sys
import threading
import time

import pymongo
import pymongo.command_cursor
import pymongo.cursor
from bson import json_util

lock = threading.Lock()


def say(answer):
    with lock:
        sys.stdout.write(json_util.dumps(answer) + "\n")
        sys.stdout.flush()


def plain(result):
    """What a result object of pymongo holds that a test may want to know."""
    for field in ("inserted_id", "inserted_ids", "modified_count", "deleted_count", "raw_result"):
        if hasattr(result, field):
            return getattr(result, field)
    if isinstance(result, (pymongo.cursor.Cursor, pymongo.command_cursor.CommandCursor)):
        return list(result)
    return result


def watch(target, number):
    with target.watch(full_document="updateLookup") as stream:
        say({"id": number, "result": True})
        for event in stream:
            say({"watch": number, "event": event, "at": time.clock_gettime_ns(time.CLOCK_MONOTONIC) / 1e6})


def run(client, command):
    target = client[command["db"]]
    if "collection" in command:
        target = target[command["collection"]]
    if command["method"] == "watch":
        threading.Thread(target=watch, args=(target, command["id"]), daemon=True).start()
        return
    began = time.clock_gettime_ns(time.CLOCK_MONOTONIC) / 1e6
    result = plain(getattr(target, command["method"])(*command.get("args", []), **command.get("kwargs", {})))
    say({"id": command["id"], "result": result, "began": began})


def main():
    client = pymongo.MongoClient(sys.argv[1], document_class=dict)
    for line in sys.stdin:
        command = json_util.loads(line)
        try:
            run(client, command)
        except Exception as error:  # told to the test, whatever it is
            say({"id": command["id"], "error": f"{type(error).__name__}: {error}"})


main()
