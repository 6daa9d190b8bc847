"""Nets as one would write them by hand: what emitted source is measured against."""
