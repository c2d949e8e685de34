raise RuntimeError("a plugin of another API version must not be imported")
