"""The portal: the same engine for people who will never open a terminal. A Django project of six small apps."""
