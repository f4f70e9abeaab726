import http.client

connection = http.client.HTTPConnection("127.0.0.1", 5000)
connection.request("GET", "/hello")
response = connection.getresponse()
body = response.read()
connection.close()
print(response.status)
print(body.decode(), end="")
