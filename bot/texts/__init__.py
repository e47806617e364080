"""The words: every phrase of the bot in every language, and how they become messages."""
