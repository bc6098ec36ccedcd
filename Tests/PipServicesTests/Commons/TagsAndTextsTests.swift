import FoundationEssentials
import PipServices
import Testing

@Suite struct TagsAndTextsTests {
    @Test func tagsHaveTwoForms() {
        #expect(TagsProcessor.normalizeTag("  #New__York_#City ") == "New York City")
        #expect(TagsProcessor.compressTag("  #New__York ") == "newyork")
        #expect(TagsProcessor.equalTags("#New_York", "new york"))
        #expect(!TagsProcessor.equalTags(nil, ""))
        #expect(TagsProcessor.equalTags(nil, nil))
    }

    @Test(arguments: [
        ("a,;b", ["a", "b"]), (",a", ["", "a"]), ("a;", ["a", ""]), ("", [""]), ("A_b", ["ab"]),
    ])
    func aListOfTagsIsSplit(text: String, tags: [String]) {
        #expect(TagsProcessor.compressTagList(text) == tags)
        #expect(TagsProcessor.compressTags(TagsProcessor.normalizeTagList(text)) == tags)
    }

    @Test(arguments: [
        ("#one two #Two, (#three)#one", ["one", "two", "three"]), ("# no ##yes", ["yes"]), ("#", []), ("none", []),
        ("#grün#e\u{301}té", ["grün", "e\u{301}té"]),
    ])
    func hashTagsAreFound(text: String, tags: [String]) {
        #expect(TagsProcessor.extractHashTags(text) == tags)
    }

    @Test func hashTagsOfMembersAreFound() {
        let value: AnyValue = [
            "tags": ["First", 2], "text": "#b", "deep": ["list": ["#c", ["x": "#d #first"]]], "other": "#e",
        ]
        #expect(
            TagsProcessor.extractHashTags(from: value, fields: ["deep", "text", "none"]) == [
                "first", "2", "c", "d", "b",
            ])
        #expect(TagsProcessor.extractHashTags(from: "#a", fields: ["a"]) == [])
    }

    @Test func aTextFallsBackToEnglishAndThenToAny() {
        var text: MultiString = ["ru": "R", "en": "E"]
        #expect(text.get("de") == "E")
        #expect(text["de"] == nil)
        text.remove("en")
        #expect(text.get("de") == "R")
        text.put("de", "D")
        text["ru"] = nil
        #expect(text.languages == ["de"])
        text.append(["en": "E", "de": "d"])
        #expect(text == ["en": "E", "de": "d"])
        text.clear()
        #expect(text.get("en") == nil)
        #expect(text.isEmpty)
    }

    @Test func aTextIsAPlainObjectInJSON() throws {
        let text = try JSONConverter.fromJSON(MultiString.self, #"{"en":"a","de":null,"fr":""}"#)
        #expect(text.languages == ["en", "fr"])
        #expect(try JSONConverter.toJSON(text) == #"{"en":"a","fr":""}"#)
        #expect(throws: ApplicationError.self) { _ = try JSONConverter.fromJSON(MultiString.self, #"{"en":1}"#) }
        let foundations = try JSONDecoder().decode(MultiString.self, from: try JSONEncoder().encode(text))
        #expect(foundations == text)
    }
}
