"""What exists: the stack file, the catalog of SmarterOS services, and the topology made of the two.

Pure: nothing in here imports Pulumi, and only `config.stackfile.read` and `config.schema` touch a file.
"""
