"""Files as sent may hold names: they are erased in time. What was read of them stays, and the year is read from it."""

from __future__ import annotations

import shutil
import time
from datetime import date

from estran.portal import storage
from estran.portal.estates.models import Delivery

ORPHAN = 24 * 3600  # seconds after which a place without delivery is no longer one that is being received


def forget_sent(today: date) -> None:
    """Erase the files as sent that are past their day (see Delivery.kept_until), or whose delivery is gone."""
    places = list(storage.folder("sent").glob("*/*"))
    found = {one.place: one for one in Delivery.objects.select_related("answer__campaign")}
    for place in places:
        delivery = found.get(place)
        past = delivery.kept_until < today if delivery else time.time() - place.stat().st_mtime > ORPHAN
        if past:
            shutil.rmtree(place)


def erase(delivery: Delivery) -> None:
    """Erase a file as sent at once."""
    shutil.rmtree(delivery.place, ignore_errors=True)
