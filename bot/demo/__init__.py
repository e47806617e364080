"""The stories of the bot, played on a homeserver of their own."""
