"""Checks, one module a chapter.

A check is a function ``check_…`` in any module of this folder, declared with
`must` or `should`; its docstring is the sentence that it judges. Nothing is
registered anywhere else.
"""
