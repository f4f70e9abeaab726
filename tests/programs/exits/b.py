import sys

print("to stderr", file=sys.stderr)
sys.exit("a message goes to stderr, and the status is 1")
