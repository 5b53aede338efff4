"""REST generated from the registry."""

from __future__ import annotations

from flask import Flask
from flask_appbuilder import AppBuilder

from kartoteka.app import Kartoteka


def register(app: Flask, builder: AppBuilder, made: Kartoteka) -> None:
    """Make an API for every entity."""
