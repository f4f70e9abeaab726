import json
import socket

with socket.create_connection(("127.0.0.1", 5048)) as connection, connection.makefile("rw") as lines:
    for text in (json.dumps({"do": "set", "key": "a", "value": [1, "ü"]}), json.dumps({"do": "get", "key": "a"}), json.dumps({"do": "get", "key": "b"}), "no json"):
        print(text, file=lines, flush=True)
        print(json.loads(lines.readline()))
