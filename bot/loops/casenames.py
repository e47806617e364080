"""Draws case names of two words: easy to say and remember, and random, so that they tell nothing."""

from __future__ import annotations

from typing import Final

from bot.core.model import CaseName
from bot.ports import Randomness

# Words that sound and look unlike each other, are neither pretty nor sad about anybody, and name no place.
_FIRST = """
amber apple ashen autumn azure bamboo basalt beige birch bitter blue bold brass brave bright brisk bronze
brown calm cedar cherry clear clever cobalt cocoa copper coral cotton cream crimson crisp curly dapper dawn
deep denim dotted dusky early easy elder elm ember even fable fair fern fleet floral fluent fond forest
frosty garnet gentle ginger glad golden grand granite grassy green happy hazel heather honest honey humble
indigo inky iron ivory jade jasper jolly jovial keen kind laurel lemon light lilac linen lively loyal lucky
lunar maple marble mellow merry mild mint misty modest mossy navy neat nimble noble oaken ochre olive onyx
opal orange pale paper patient pearl peach pebble plain plum polar proud purple quick quiet rapid ready rosy
ruby russet rustic saffron sage sandy scarlet serene shady silent silver simple sleek smooth snowy solar
spry steady still stone sturdy sunny tawny teal tender tidy topaz tranquil umber upbeat velvet verdant
violet vivid walnut warm willow winter wise witty woolen young zesty
"""
_SECOND = """
acorn albatross alder anchor antler arrow aspen badger banjo barley basket beacon beaver beetle bell bison
bluebird bobcat bramble breeze bridge brook buffalo butter button canary candle canoe canyon caribou carrot
cello chestnut cicada cinder clover comet compass condor cormorant cougar coyote crane cricket crocus curlew
cypress daisy dolphin donkey dove dragonfly drum eagle egret elk falcon feather ferret fiddle finch firefly
flamingo flute fox gannet garden gazelle gecko gibbon glacier goose grouse gull harbor hare harp harvest
hawk hazelnut heron hickory hornbill ibex ibis iguana iris island ivy jackdaw jay juniper kestrel kettle
kite kiwi lagoon lantern lark leopard lily linnet lizard llama lobster lotus lupin lynx magnet magpie mango
marmot marten meadow melon meteor mink moose moth mustard narwhal newt nutmeg oriole osprey otter owl oyster
panda panther parrot pelican penguin pepper petrel pheasant piano pigeon plover poppy puffin quail quartz
rabbit raccoon raven river robin rocket rook rowan salmon seal shrew skylark sparrow squirrel starling stork
sundial swallow swan swift tapir teapot thistle thrush tiger toucan trout tulip turtle violin vole wagon
walrus warbler weasel whale wigeon wombat woodlark wren yak zebra zither
"""
FIRST: Final = tuple(_FIRST.split())
SECOND: Final = tuple(_SECOND.split())


def draw(randomness: Randomness, count: int) -> tuple[CaseName, ...]:
    """Different ones, not to be guessed from any before."""
    drawn: dict[CaseName, None] = {}
    while len(drawn) < count:
        first = FIRST[randomness.choose(len(FIRST))]
        drawn[CaseName(f"{first}-{SECOND[randomness.choose(len(SECOND))]}")] = None
    return tuple(drawn)
