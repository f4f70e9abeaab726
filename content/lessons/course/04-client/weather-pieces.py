import socket


def ask(name):
    with socket.create_connection(("127.0.0.1", 5000), timeout=2) as connection:
        connection.sendall(f"{name}\n".encode())
        answer = ""
        while not answer.endswith("\n"):
            more = connection.recv(1024)
            if not more:
                raise EOFError("the stream ended before the line did")
            answer += more.decode()
    return answer.rstrip("\n")


try:
    print(ask("Zoë"))
except ConnectionRefusedError:
    print("refused")
except TimeoutError:
    print("no answer")
