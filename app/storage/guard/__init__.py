"""The guard of a shared workspace: what its PostgreSQL refuses, whoever sends it.

``records`` holds for everybody, the owner of the tables too; ``people`` says who may do what. Each
is made anew as a whole: re-running it is safe, and it is what an upgrade does.
"""
