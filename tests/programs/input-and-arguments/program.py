import sys

print(sys.argv)
name = input("name? ")
number = int(input())
print(name, number + 1)
print(repr(input("empty? ")), repr(sys.stdin.readline()))
print(repr(sys.stdin.read()), list(sys.stdin))
print(__name__, __file__.rpartition("/")[2])
input("more? ")
