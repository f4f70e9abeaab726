def endless():
    return endless()


try:
    endless()
except RecursionError as error:
    print(error)
print(undefined_name)
