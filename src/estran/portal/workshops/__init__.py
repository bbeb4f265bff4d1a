"""Workshops in a room: sessions on phones, the vision workshops and what their ideas become."""
