import http.client
import urllib.error
import urllib.request

base = "http://127.0.0.1:8002"
with urllib.request.urlopen(base + "/page.html") as response:
    print(response.status, response.headers.get_content_type(), response.headers["Content-Length"], response.read())
connection = http.client.HTTPConnection("127.0.0.1", 8002)
connection.request("HEAD", "/page.html")
response = connection.getresponse()
print(response.status, response.read(), response.will_close)
connection.close()
urllib.request.urlopen(base + "/none.html")
