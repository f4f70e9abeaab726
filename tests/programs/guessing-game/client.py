import socket

with socket.create_connection(("127.0.0.1", 5049)) as connection:
    answer = ""
    while not answer.startswith("right"):
        text = input("your guess: ")
        if not text.isdigit():
            print(f"{text!r} is no number")
            continue
        connection.sendall(text.encode())
        answer = connection.recv(100).decode()
        print(answer)
