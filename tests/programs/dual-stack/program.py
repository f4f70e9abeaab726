import socket

with socket.create_server(("", 5013), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
    print(listener.getsockname())
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        client = socket.socket(family)
        client.connect((host, 5013))
        server, peer = listener.accept()
        print(peer[0], server.getsockname()[0], server.family.name)
        client.close()
        server.close()
