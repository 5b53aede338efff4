"""Screens generated from the registry."""

from __future__ import annotations

from flask import Flask
from flask_appbuilder import AppBuilder, IndexView

from kartoteka.app import Kartoteka


def register(app: Flask, builder: AppBuilder, made: Kartoteka) -> None:
    """Make a view for every entity and every view that plugins bring."""


__all__ = ["IndexView", "register"]
