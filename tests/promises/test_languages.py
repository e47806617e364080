"""We promise each room and each person the language that was chosen there, or else the configured one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.core.model import Language, UserId
from tests.promises.case_stories import in_thread
from tests.promises.stories import ADA, BOTH, CHAT, FALLBACK, LOBBY, MIA, NYC_ROOM, SOL, STEWARD, before
from tests.stage import ROSA, Stage, knowledge, stage
from tests.wire import Homeserver

ENGLISH, SPANISH = (replace(knowledge(BOTH, FALLBACK), language=each) for each in (Language.EN, Language.ES))
Begun = Callable[[Language], AbstractAsyncContextManager[tuple[Stage, Homeserver]]]


@pytest.fixture
def begun(tmp_path: Path) -> Begun:
    @asynccontextmanager
    async def begin(language: Language) -> AsyncIterator[tuple[Stage, Homeserver]]:
        server = Homeserver()
        known = ENGLISH if language is Language.EN else SPANISH
        async with stage(tmp_path / "data", server, known) as bot:
            await bot.settle()
            before(server)
            server.rooms[NYC_ROOM].admins = {UserId(SOL)}
            await bot.settle()
            yield bot, server

    return begin


async def _asks(bot: Stage, server: Homeserver, words: str, room: str = CHAT, sender: str = MIA) -> list[str]:
    """What the bot says to that in the same room."""
    here = next(each for id_, each in server.rooms.items() if id_ == room)
    heard = len(here.texts())
    server.post(here, sender, words)
    await bot.settle()
    return here.texts()[heard:]


async def test_after_a_choice_in_a_private_chat_the_next_words_are_in_that_language(begun: Begun) -> None:
    async with begun(Language.EN) as (bot, server):
        assert await _asks(bot, server, "!language es") == ["Aquí hablo español."]
        (menu,) = await _asks(bot, server, "!menu")
        assert menu.startswith("Escribe lo que está pasando;")
        assert "`!status`: cómo va tu caso" in menu
        receipt = "\n".join(await _asks(bot, server, "#nyc necesito un lugar para esta noche"))
        assert "Las personas de apoyo de New York City ya tienen lo que escribiste." in receipt
        assert "upporters" not in receipt
        (card,) = (text for text in server.rooms[NYC_ROOM].texts() if "necesito un lugar" in text)
        assert card.startswith("Case ")
        in_thread(server, SOL, "!reply hay una cama")
        await bot.settle()
        assert server.rooms[CHAT].texts()[-1].startswith("Una persona de apoyo escribe:")
        assert await _asks(bot, server, "!language en") == ["I speak English here."]
        assert (await _asks(bot, server, "!status"))[0].startswith("private message, ")


async def test_after_a_choice_in_a_community_room_the_next_words_are_in_that_language(begun: Begun) -> None:
    async with begun(Language.EN) as (bot, server):
        assert await _asks(bot, server, "!language es", LOBBY, ADA) == ["Aquí hablo español."]
        (menu,) = await _asks(bot, server, "!menu", LOBBY)
        assert menu.startswith("Para pedir ayuda, publica con #swshelp,")
        (said,) = await _asks(bot, server, "#swshelp #nyc por favor", LOBBY)
        assert said.startswith("Las personas de apoyo de New York City ya tienen este pedido.")
        assert "Las personas de apoyo de New York City ya tienen lo que" in "\n".join(
            server.rooms[CHAT].texts()
        )


async def test_who_chose_a_language_gets_receipts_in_it_for_posts_in_a_room_that_speaks_another(
    begun: Begun,
) -> None:
    async with begun(Language.EN) as (bot, server):
        await _asks(bot, server, "!language es")
        (said,) = await _asks(bot, server, "#swshelp #nyc por favor", LOBBY)
        assert said.startswith("Supporters of New York City have this.")
        assert "Las personas de apoyo de New York City ya tienen lo que" in "\n".join(
            server.rooms[CHAT].texts()
        )


async def test_a_supporter_room_gets_its_cards_in_the_language_chosen_there(begun: Begun) -> None:
    async with begun(Language.EN) as (bot, server):
        assert await _asks(bot, server, "!language es", NYC_ROOM, SOL) == ["Aquí hablo español."]
        receipt = await _asks(bot, server, "#nyc I need a place for tonight")
        assert "Supporters of New York City have what you wrote." in "\n".join(receipt)
        (card,) = (text for text in server.rooms[NYC_ROOM].texts() if "I need a place" in text)
        assert card.startswith("Caso ")
        assert "mensaje privado. En espera" in card


async def test_the_configured_language_is_spoken_wherever_nobody_chose(begun: Begun) -> None:
    async with begun(Language.ES) as (bot, server):
        (city,) = await _asks(bot, server, "!city nyc", LOBBY, ADA)
        assert city == "Gracias. Desde ahora esta sala es para New York City."
        assert (await _asks(bot, server, "!menu", LOBBY))[0].startswith("Para pedir ayuda")
        receipt = "\n".join(await _asks(bot, server, "#nyc necesito un lugar para esta noche"))
        assert "Las personas de apoyo de New York City ya tienen lo que escribiste." in receipt
        assert any(text.startswith("Caso ") for text in server.rooms[NYC_ROOM].texts())
        (stewards_hear,) = await _asks(bot, server, "!menu confirm", STEWARD, ROSA)
        assert "`!confirm CODE`: permitir" in stewards_hear
        server.change(server.rooms[NYC_ROOM], guests=True)
        await bot.settle()
        assert "no llevo ahí sus casos" in server.rooms[STEWARD].texts()[-1]
        assert "Por ahora no traigo casos a esta sala." in server.rooms[NYC_ROOM].texts()[-1]
        assert await _asks(bot, server, "!language en", LOBBY, ADA) == ["I speak English here."]
        assert (await _asks(bot, server, "!menu", LOBBY))[0].startswith("To ask for help")


async def test_what_a_worker_does_is_told_to_supporters_in_their_rooms_language(begun: Begun) -> None:
    async with begun(Language.EN) as (bot, server):
        chat, nyc = server.rooms[CHAT], server.rooms[NYC_ROOM]
        await _asks(bot, server, "!language es")
        first = server.post(chat, MIA, "#nyc hace frío")
        await bot.settle()
        card = next(event for event in nyc.events if event.text.startswith("Case "))
        server.post(chat, MIA, "#nyc hace mucho frío", edits=first)
        for words in ("!share alert", "!share nobody", "!share supporters"):
            server.post(chat, MIA, words)
            await bot.settle()
        server.post(nyc, SOL, "!close", thread=card.id)
        await bot.settle()
        server.post(chat, MIA, "sigue haciendo frío")
        await bot.settle()
        server.leave(chat, MIA)
        await bot.settle()
        said = [text for text in nyc.texts() if "frío" not in text]
        assert len(said) >= 8
        assert [text for text in said if "Quien pidió" in text or "ficha" in text] == []
