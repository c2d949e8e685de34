"""Built-in plugins, a package for each family; families do not import each other."""
