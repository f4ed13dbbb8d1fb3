"""What invented people write in the demonstration."""

from __future__ import annotations

WHERE_BIN_IS = (
    "By the side gate",
    "At the end of the lane, next to the post box",
    "On the grass in front of number 4, as there is no path",
    "Behind the low wall",
    "In the bin store, the code is with the crew",
)
WHERE_THINGS_ARE = (
    "On the front path",
    "On the drive, to the left of the door",
    "Inside the gate, which will be open",
    "By the garage at the back, reached from the lane",
    "In front of the flats, next to the bin store",
)
ODD_THINGS = ("Rowing machine", "Piano stool", "Garden bench", "Pushchair", "Lawnmower", "Ladder")
WHAT_HAPPENED_CRISIS = (
    "My first pay is not until the end of the month and I have nothing left for food.",
    "The meter has run out and I have no money until my benefit comes on Friday.",
    "My purse was stolen on the bus with all the money for this week.",
    "We had to leave our home and have no beds in the new flat.",
    "The cooker broke and I can't make hot food for the children.",
    "My hours were cut and the rent took everything.",
    "I came out of hospital and there is no food in the house.",
    "The flood spoiled our bedding and clothes.",
)
REQUESTS = (
    ("Spend on road repairs", "How much did you spend on road repairs in each ward last year?"),
    ("Missed bins", "How many missed bins were reported each month in the last two years?"),
    ("Empty homes", "How many council homes were empty for more than six months, by ward?"),
    ("Street trees", "How many street trees did you fell and how many did you plant last year?"),
    (
        "Agency staff",
        "How much did you spend on agency staff, by department, in each of three years?",
    ),
    (
        "Parking fines",
        "How many parking fines did you issue on Market Row, and how many were dropped?",
    ),
    ("School transport", "How many children travel to school by taxi, and what does it cost?"),
    (
        "Flood plans",
        "Please send the plan for flood water at Mere Side and what has been spent on it.",
    ),
    ("Software contracts", "Please list your software contracts with their cost and end date."),
    (
        "Library hours",
        "What were the opening hours and visits of each library in the last five years?",
    ),
    ("Pest control", "How many reports of rats did you have by ward, and how many visits?"),
    ("Sickness", "How many working days were lost to sickness in each department last year?"),
)
GROUPS = ("Wealdmere Gazette", "Friends of Moot Hill", "Weald Cycling Group", "Mere Anglers")
COMPLAINTS = (
    (
        "service",
        "My bin has been missed three times in a month and I have to report it each time.",
        "Please make sure that it is emptied each week.",
    ),
    (
        "delay",
        "I waited six weeks for an answer about my permit and had to pay to park.",
        "I would like the cost of parking back.",
    ),
    (
        "staff",
        "The officer at the desk was rude when I asked for help with the form.",
        "I would like you to say sorry.",
    ),
    (
        "decision",
        "You turned down my help and did not look at the papers that I sent.",
        "Please look at all of it again.",
    ),
    (
        "service",
        "The crew left broken glass on the path and a child was cut.",
        "Please talk to the crew and check the path.",
    ),
    (
        "delay",
        "A street light has been out since the winter and I have told you four times.",
        "Please mend it and tell me when.",
    ),
    (
        "decision",
        "You moved the bus stop to outside my window and did not ask us.",
        "Please meet with us on the street.",
    ),
)
REASONS = {
    "could_not_empty": ("A van was in the way", "The gate was locked", "Ice on the hill"),
    "close": ("Reported twice", "The road is shut until next week", "The bin was put out late"),
    "could_not_collect": (
        "Nothing was outside",
        "A car was parked in front",
        "The gate was locked",
    ),
    "call_off": ("The truck broke down", "Snow"),
    "refuse": ("The car is kept at another address", "The bill is for another home"),
    "give_up": ("I sold the car", "I am moving"),
    "agree": ("No food in the house", "No heat and young children", "No bed"),
    "say_no": ("Not a crisis", "Was helped for the same thing this month"),
    "weigh": ("Section 43", "Section 31"),
    "keep_answer": ("The exemption still applies",),
    "uphold": ("We did not check with the crew", "We did not read all the papers"),
    "do_not_uphold": ("The facts are as they were",),
}
MESSAGES = {
    "close": "We have looked at this and do not need to send a crew. Please put the bin out on your next day.",
    "call_off": "We could not come on the day you chose. We are sorry. We will pay your money back.",
    "ask_for_more": "Please send us a clearer photo. We could not read the date on the one you sent.",
    "send_more": "Here it is. I hope that this one is easier to read.",
    "refuse": "We looked at what you sent. It does not show that you keep the car at this address.",
    "say_no": "We are sorry. We can only help with this once in six months.",
    "look_again": "I think that you missed what I said about the children.",
    "ask_to_clear": "Do you mean the year from January or from April?",
    "make_clear": "From April, please.",
    "weigh": "We must weigh if it would harm trade to share these prices.",
    "answer": "We have looked into it. Our answer is below, with the papers.",
    "foi_refuse": "We can't share this. The reason and the part of the law are given below.",
    "ask_review": "I do not think that this part of the law applies.",
    "change_answer": "We looked again and now share the rest.",
    "keep_answer": "We looked again and our answer stays the same.",
    "escalate": "I am not happy with this answer. You did not speak to the people who saw it.",
    "uphold": "You were right. We are sorry, and this is how we will put it right.",
    "do_not_uphold": "We looked at it all again, and our answer stays the same.",
}
NOTES = (
    "Spoke to the crew leader, who will go on the way back.",
    "Called, no reply. Will try again tomorrow.",
    "Checked against the map: the address is on the Tuesday round.",
    "Same street as two other reports today.",
    "Asked a colleague to have a second look.",
)
