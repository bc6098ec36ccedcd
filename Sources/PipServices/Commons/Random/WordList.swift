/// The vocabulary of random texts.
enum WordList {
    static let titles = ["Dr.", "Mr.", "Mrs.", "Ms.", "Prof."]
    static let firstNames = words(
        "Ada Alan Barbara Boris Clara Daniel Edith Farid Grace Hugo Ines Ivan Jana Kenji Lena Marcus Nadia Oscar Priya"
            + " Quentin Rosa Samuel Tara Ursula Victor Wanda Yusuf Zoe")
    static let lastNames = words(
        "Abbott Bergman Castillo Dvorak Ericson Fontaine Gallagher Hoffmann Ivanova Jensen Kowalski Lindqvist Moreau"
            + " Nakamura Okafor Petrov Quinn Rossi Schneider Tanaka Underwood Vasquez Whitaker Yilmaz Zimmer")
    static let colors = words(
        "amber beige black blue brown crimson cyan gold green grey indigo ivory magenta maroon navy olive orange pink"
            + " purple red silver teal turquoise violet white yellow")
    static let nouns = words(
        "anchor apple autumn basket beacon bridge candle castle corner cottage desert engine feather forest garden"
            + " harbor island journey kettle ladder lantern library market meadow mirror mountain needle orchard paper"
            + " pebble pillow planet pocket rabbit river road rocket saddle season shadow signal station stone summer"
            + " table tower valley village window winter")
    static let adjectives = words(
        "ancient bright calm careful clever cold curious deep distant early eager empty faint famous gentle golden happy"
            + " heavy hollow honest humble large light little lively lonely narrow old pale patient plain proud quick"
            + " quiet rapid rough round silent simple slow small smooth soft steady strange strong sudden warm wide young"
    )
    static let verbs = words(
        "answers arrives begins borrows breaks brings builds buys carries catches climbs collects counts crosses draws"
            + " drops finds follows gathers grows hears helps hides holds keeps knows learns leaves lifts listens makes"
            + " meets moves opens paints plays pulls pushes reads repairs returns sees sends shares sings sleeps speaks"
            + " starts stops takes travels turns visits waits walks watches works writes")
    static let all = nouns + adjectives + verbs + colors

    private static func words(_ text: String) -> [String] {
        text.parts(separatedBy: " ", omittingEmpty: true).map { String($0) }
    }
}
