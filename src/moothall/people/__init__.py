"""Who: residents, staff, teams and sign-in."""
