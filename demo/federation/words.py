"""Invented names: practices, clusters, streets and people. No practice of the area has one of these names."""

PRACTICE_NAMES = (
    "Ferryman's Quay Surgery",
    "Sparrowhawk Lane Surgery",
    "Lantern Yard Medical Centre",
    "Ashcombe Steps Surgery",
    "Withy Meadow Practice",
    "Kingfisher Wharf Surgery",
    "Copperfield Medical Centre",
    "Thistledown Surgery",
    "Old Foundry Health Centre",
    "Larkrise Family Practice",
    "Limekiln Row Surgery",
    "Juniper House Practice",
    "Damson Court Surgery",
    "Bellwether Medical Group",
    "Viaduct Street Surgery",
    "Marlpit Medical Centre",
    "Hollyhock Family Practice",
    "Cornflower Surgery",
    "Turnstone Health Centre",
    "Gasworks Lane Surgery",
    "Pennywort Practice",
    "Ironmonger Row Medical Centre",
    "Saddler's Green Surgery",
    "Orchard Ring Surgery",
    "Quince Tree Practice",
    "Fallowfield Steps Medical Centre",
    "Redshank Surgery",
    "Meadowsweet Family Practice",
    "Toll House Surgery",
    "Greyfriar Mews Practice",
    "Woodpecker Medical Centre",
    "Cuckoo Bridge Surgery",
    "Beacon Rise Surgery",
    "Sorrel Bank Practice",
    "Tanner's Reach Medical Centre",
    "Hazelnut Close Surgery",
    "Dovecote Family Practice",
    "Quarryman's Surgery",
    "Bluebell Steps Practice",
    "Curlew Court Medical Centre",
    "Wheelwright Surgery",
    "Millrace Surgery",
    "Candlemaker Practice",
    "Nuthatch Medical Centre",
    "Barley Mow Surgery",
    "Rosehip Family Practice",
    "Lamplighter Surgery",
    "Pebble Beach Practice",
    "Seaholly Medical Centre",
    "Oystercatcher Surgery",
    "Marsh Marigold Surgery",
    "Reedbed Practice",
    "Bittern Medical Centre",
    "Sedgemoor Gate Surgery",
    "Heronsgate Family Practice",
    "Estuary Walk Surgery",
    "Samphire Practice",
    "Mudlark Medical Centre",
    "Sandpiper Surgery",
    "Drover's Way Surgery",
    "Cowslip Practice",
    "Shepherd's Purse Medical Centre",
    "Harebell Surgery",
    "Bramblewick Family Practice",
    "Coombe Hollow Surgery",
    "Buttermere Lodge Practice",
    "Foxglove Medical Centre",
    "Weaverbird Surgery",
    "Hazel Ridge Surgery",
    "Badger's Holt Practice",
    "Silverbirch Medical Centre",
    "Pipistrelle Surgery",
    "Owlswick Family Practice",
    "Pithead Surgery",
    "Winding Wheel Practice",
    "Coalbrook Medical Centre",
    "Fernleaf Surgery",
    "Watermint Lane Surgery",
    "Spindle Tree Practice",
    "Clockmaker Medical Centre",
    "Tinsmith Surgery",
    "Yellowhammer Family Practice",
)

STREETS = (
    "Alder Rise",
    "Bakehouse Lane",
    "Beaufort Steps",
    "Bilberry Close",
    "Blackthorn Avenue",
    "Canal Bank",
    "Chandler Street",
    "Cherry Orchard Road",
    "Clay Hill",
    "Cooper's Row",
    "Dairy Lane",
    "Elderberry Road",
    "Feather Street",
    "Fiddler's Reach",
    "Garland Road",
    "Gooseberry Hill",
    "Hayloft Lane",
    "Honeysuckle Way",
    "Ivy Terrace",
    "Jubilee Gardens",
    "Kestrel Drive",
    "Larch Walk",
    "Lilac Grove",
    "Marigold Street",
    "Mason's Yard",
    "Nightjar Close",
    "Oat Lane",
    "Paddock View",
    "Plum Street",
    "Primrose Terrace",
    "Quayside Row",
    "Ropewalk",
    "Saffron Road",
    "Skylark Avenue",
    "Tallow Street",
    "Teasel Road",
    "Upper Sawpit Lane",
    "Violet Bank",
    "Wagtail Way",
    "Yew Tree Lane",
)

_FEMALE_NAMES = """
Aaliyah Abigail Agnieszka Aisha Alice Amara Amelia Amina Anita Anna Beatrice Bethan Bronwen Carmen Catherine
Charlotte Chloe Deborah Diana Dorothy Edith Eleanor Elizabeth Emily Esther Eva Farida Fatima Florence Freya Gillian
Grace Gwen Hannah Harriet Helen Ifeoma Imogen Ines Irene Isla Jacqueline Jasmine Joan Jyoti Karen Kavita Khadija
Leila Lily Lucy Magdalena Margaret Maria Mei Miriam Nadia Naomi Ngozi Niamh Olive Olivia Patricia Pauline Phoebe
Poppy Priya Rachel Rebecca Rosa Ruth Sadia Sarah Shanice Shreya Siobhan Sofia Susan Sylvia Tamara Thandiwe Theresa
Valerie Victoria Wendy Xin Yasmin Yvonne Zainab Zofia
"""
_MALE_NAMES = """
Aaron Adam Adebayo Ahmed Alan Alexander Andrew Anthony Arjun Arthur Benjamin Bernard Brian Callum Charles Chidi
Christopher Daniel David Derek Dominic Douglas Edward Elijah Emeka Ethan Farhan Francis Frederick Gareth George
Graham Hamza Harold Harry Hassan Henry Hugh Ibrahim Isaac Ivan Jack Jakub James Jason Jerome John Joseph Joshua
Julian Kareem Keith Kenneth Kofi Kwame Leo Leon Liam Lloyd Luca Malcolm Marcus Martin Mateusz Matthew Michael
Mohammed Nathan Neil Nikhil Noah Oliver Omar Oscar Owen Patrick Paul Peter Philip Rajesh Ravi Reginald Rhys Robert
Ronald Samuel Sanjay Sebastian Simon Stanley Stephen Tariq Theo Thomas Tobias Victor Walter Wei William Yusuf
Zachary
"""
_FAMILY_NAMES = """
Abbott Abdi Achebe Adams Adeyemi Ahmed Akhtar Ali Allen Anderson Appiah Archer Ashworth Atkins Bailey Baker Balogun
Banerjee Barker Barnes Begum Bell Bennett Bhatt Bishop Blackwell Bose Bowen Boyd Bradley Brennan Brooks Brown
Bryant Burke Butler Campbell Carter Chapman Chaudhry Chen Clarke Cole Collins Cook Cooper Cox Craddock Cross
Czarnecki Dalton Das Davies Dawson Desai Dhillon Dixon Doyle Duffy Dunn Edwards Eke Ellis Evans Farah Fernandes
Fisher Fletcher Foster Fowler Francis Fraser Gallagher Gardner George Gibbs Gill Gomes Grant Green Gregory
Griffiths Gupta Hall Hamilton Harding Harris Hart Haynes Henderson Hicks Hill Ho Holland Hopkins Howells Hughes
Hunt Hussain Ibekwe Iqbal Islam Iyer Jackson James Jansen Jarvis Jenkins Johnson Jones Joshi Kamara Kaur Kelly
Kennedy Khan King Knight Kowalski Kumar Lam Lane Lawson Lee Lewandowski Lewis Lim Lloyd Long Lowe Lynch MacDonald
Mahmood Malik Marsh Martin Mason Matthews May Mbatha McCarthy Mehta Mensah Miah Miller Mills Mistry Mohamud Moore
Morgan Morris Mukherjee Murphy Murray Nair Newman Nguyen Nicholls Nkosi Novak Nowak Nwachukwu O'Brien O'Connor
O'Neill Obi Odili Okeke Oliver Osei Owen Palmer Parker Parry Patel Payne Perera Perry Phillips Pillai Pope Popescu
Porter Powell Price Pugh Qureshi Rahman Ramsey Rana Read Rees Reid Reynolds Richards Roberts Robinson Rogers Rose
Rossi Rowe Russell Ryan Saleh Sandhu Santos Saunders Scott Shah Sharma Shaw Silva Simmons Simpson Singh Smith
Spencer Stephens Stewart Stone Sullivan Suleiman Szymanski Tan Taylor Thomas Thompson Tucker Turner Uddin Vasquez
Wade Walker Wallace Walsh Ward Warren Watkins Watson Webb Weeks Wells West White Wilkins Williams Willis Wilson
Winter Wong Wood Wright Yadav Yeo Young Yusuf Zhang
"""
FEMALE_NAMES, MALE_NAMES, FAMILY_NAMES = _FEMALE_NAMES.split(), _MALE_NAMES.split(), _FAMILY_NAMES.split()

LANGUAGES = (
    "Arabic",
    "Bengali",
    "British Sign Language",
    "Cantonese",
    "Farsi",
    "Polish",
    "Portuguese",
    "Punjabi",
    "Romanian",
    "Somali",
    "Tigrinya",
    "Urdu",
)
