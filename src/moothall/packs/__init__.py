"""Reading a council folder: plan, apply and export."""
