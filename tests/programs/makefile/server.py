import socket

with socket.create_server(("127.0.0.1", 5008)) as listener:
    connection, _ = listener.accept()
    with connection, connection.makefile("r", encoding="utf-8", newline="\n") as lines, connection.makefile("w", encoding="utf-8") as out:
        print(type(lines).__name__, type(out).__name__, lines.encoding)
        for line in lines:
            print("line:", line.rstrip("\n"))
            print(line.strip().upper(), file=out, flush=True)
    print("end")
