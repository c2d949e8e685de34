"""Update old files: names that changed in specs, and the YAML flags of the predecessor."""
