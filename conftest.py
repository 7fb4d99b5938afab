"""Fixtures for testing the suite itself come from pytest."""

pytest_plugins = ["pytester"]
