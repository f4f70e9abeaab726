import json
import socket

store = {}
with socket.create_server(("127.0.0.1", 5048)) as listener:
    connection, _ = listener.accept()
    with connection, connection.makefile("r") as lines:
        for line in lines:
            try:
                request = json.loads(line)
                if request["do"] == "set":
                    store[request["key"]] = request["value"]
                    answer = {"ok": True}
                else:
                    answer = {"ok": True, "value": store[request["key"]]}
            except (KeyError, json.JSONDecodeError) as error:
                answer = {"ok": False, "error": f"{type(error).__name__}: {error}"}
            connection.sendall(json.dumps(answer).encode() + b"\n")
print(store)
