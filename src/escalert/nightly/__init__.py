"""The nightly job: score what is new, find missed escalations, deliver them, and keep all of it in a store.

Needs the extra ``nightly``; a store in PostgreSQL needs ``postgres`` too.
"""
