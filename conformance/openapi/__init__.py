"""A profile drafted from a server's OpenAPI document.

Reads and infers; sends nothing but the GET that fetches the document, and follows no
reference out of it.
"""
