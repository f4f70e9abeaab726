def outer(depth):
    return inner(depth)


def inner(depth):
    if depth:
        return outer(depth - 1)
    raise LookupError("at the bottom")


try:
    outer(2)
except LookupError as error:
    raise ValueError("on the way up") from error
