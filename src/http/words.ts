/** 1024 English words of four to six letters: 10 bits each. */
export const WORDS: readonly string[] = `
acorn almond amber anchor angle ankle apple apron arch arena attic audio autumn award baby badge bagel baker ball bamboo banana band banjo bank banner
bark barley barn barrel basil basin basket beach beacon beak beam bean bear beard beaver beet begin bell belt bench berry bike bill birch bird blade
blank blend blink block bloom blue board boat body bolt bone book boot border both bottle bottom bounce bowl branch brass brave bread break breeze
brick bridge brief bright bring broom brown brush bubble bucket buddy build bulb bundle bunny burger bush busy butter button buzz cabin cable cactus
cake call calm camel camera camp canal candle candy canvas canyon cape card care cargo carpet carrot cart castle catch cave cedar center cereal chain
chair chalk change charm chart chase cheek cheer cheese cherry chess chest chief child chime chin choose cinema circle circus city clap class clay
clean clear clever cliff climb clock close cloth cloud clover clown club coach coast coat cobalt cocoa code coin cold color comb come comet comic cook
cookie copper copy coral cork corn corner cosmic cotton couch count cousin cover cozy crab crane crater crayon cream creek crew crisp crowd crown
cruise crust cube cuckoo curl curry curve cycle daily dairy daisy dance dash data date dawn deal deck deep deer delta denim depth desert desk dial
diary dice dinner disk dive doctor dollar domino door dots double dove down dozen draft dragon draw dream dress drive drop drum duck dune dusk each
eager eagle early earth east easy echo edge edit effort eight elbow elder ember empty energy engine enjoy enter equal event every exact exit extra
fable face fact fair falcon fall family famous fancy farm fast father fawn feast fence fern ferry fiber fiddle field fifty figure film final find
finger finish fire first fish five flag flame flash fleet flight float flock floor flour flow flower fluffy flute focus foggy folder follow food foot
forest forge fork form fort fossil four frame fresh friend frog front frost frozen fruit full funny future galaxy game garage garden garlic gate
gentle giant gift ginger girl give glad glass glide globe glove glow glue goal goat gold golden good goose grain grand grape graph grass gravel great
green grid grill grin group grow gull gully gust habit half hall hammer hand handle happy harbor harp hawk hazel head heart heat hedge hello helmet
help herb hero heron high hill hinge hippo hobby hockey hollow home honey hood hook hope horn horse hotel hour house hover huge human humble humor
hungry hurry icon idea igloo image inch index indigo inlet insect inside invent invite iris iron island item ivory jacket jade jaguar jazz jeans jelly
jewel jigsaw jingle join joke jolly judge july jumbo jump june jungle junior just kayak keen keep kernel kettle kick kind king kiosk kite kitten kiwi
knight knit koala label lace ladder lagoon lake lamb lamp land lane large laser last later laugh lava lawn layer lead leaf learn leash least lemon
lens letter level lever light lilac lily lime line linen lion list listen little lively llama loaf lobby local locket logic long look loop lotus loud
love loyal lucky lumber lunar lunch lyric magic magnet mail main major make mango maple marble march mark market maroon mask match math maze meadow
meal medal melody melon member memory menu merry metal meter mild mile milk mill mimic mind mint minute mirror mitten mixer model modern moment money
monkey month moon moose moped more moss moth mother motor mouse mouth move movie muffin museum music must name napkin narrow nation nature navy near
neat neck nectar needle neon nephew nest never next nice nickel night nine noble noise noodle noon normal north nose note novel number nutmeg oasis
object ocean offer office often olive onion open opera orange orbit orchid order organ origin otter oval oven over owner oyster pack paddle page paint
pair palace palm panda panel pansy papaya paper parade parcel park parrot part party pasta paste patch path patrol pause peach peak peanut pear pearl
pebble pedal pencil people pepper perch period petal phone photo piano picnic piece pigeon pillow pilot pine pink pint pipe pirate pixel pizza place
plain plan plane planet plant plate play plaza plum plus pocket poem poet point polar pole polish polite pond pony pool poppy porch portal post potato
powder power praise prefer press pretty price prince print prism prize proud public puffin pulse puma pump puppet puppy purple push puzzle python
quail quartz queen quest quick quiet quilt quiz quote rabbit race radar radio raft rail rain raisin rally ranch range rapid rare raven reach read
ready real recipe record reef relax remote rescue rest return ribbon rice rich riddle ride right ring ripe ripple rise river road robin robot rocket
rodeo roof room root rope rose rotor round route rover royal ruby rugby ruler rumble runner rush saddle safari safe salad salmon salute sample sand
satin saucer save scene school scoop score scout screen scuba seal search season seed seesaw select seven shadow shape share shark sharp sheep sheet
shelf shell shine ship shirt shoe shop shore short show shrimp signal silk silver sing single sister skip sleep sleeve slide small smile snail snow
soap soccer sock sofa soft solar song sound space spark speak spice spider spin spiral splash spoon sport spray spring sprout square stamp stand star
stone story stream street string strong studio study sugar summer sunny sunset super surf swan swift swim swing switch symbol syrup system table
tablet taco talk tall tango taxi teach team teapot tender tennis tent theme ticket tide tidy tiger tile time tiny toast today toffee tomato tooth
topic torch toucan touch town track trail train travel tree trick trip troop trophy true tulip tuna tunnel turkey turtle twig twin urban useful vast
velvet video view violet violin voice voyage waffle wagon walrus warm watch water wave whale white wide wild willow wind window wing winner winter
wish wizard wolf wonder wood wool work world yard yarn year yellow yoga yogurt young youth yoyo zebra zero zigzag zinc zipper zone zoom
`
  .trim()
  .split(/\s+/);
