"""The commands of the portal for those who run it: `python -m estran.portal migrate`, `work`, `account`, `prune`…"""

import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "estran.portal.settings")
execute_from_command_line(["estran.portal", *sys.argv[1:]])
