import urllib.error
import urllib.request

BASE = "http://127.0.0.1:8000"

for path in ["/", "/tcp?flag=SYN"]:
    with urllib.request.urlopen(BASE + path) as response:
        print(response.status, response.headers["Content-Type"])
        print(response.read().decode(), end="")
