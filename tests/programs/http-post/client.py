import http.client
import json
import urllib.error
import urllib.request

connection = http.client.HTTPConnection("127.0.0.1", 8001, timeout=5)
connection.request("POST", "/add", json.dumps([1, 2, 3]), {"Content-Type": "application/json"})
response = connection.getresponse()
print(response.status, response.reason, response.version, json.loads(response.read()))
connection.request("GET", "/again")  # on the same connection
response = connection.getresponse()
print(response.status, response.getheader("content-type"), response.read())
connection.close()
try:
    urllib.request.urlopen("http://127.0.0.1:8001/missing", timeout=5)
except urllib.error.HTTPError as error:
    print(error.code, error.reason, error)
with urllib.request.urlopen(urllib.request.Request("http://127.0.0.1:8001/a?b=c", headers={"X-Test": "1"}), timeout=5) as response:
    print(response.status, response.url, json.load(response))
