"""Where and when: wards, postcodes, addresses, councillors and calendars."""
