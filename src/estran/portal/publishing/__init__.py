"""What leaves the portal: frozen pages for elected members, reports, open data."""
