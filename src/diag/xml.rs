//! Text that XML 1.0 can hold; the writers escape markup.

use super::visible;

/// The text with every character made visible that XML cannot hold, which is most control characters and two
/// noncharacters (<https://www.w3.org/TR/xml/#charsets>), or that steers a terminal.
pub(crate) fn text(text: &str) -> String {
    visible(text)
        .replace('\u{fffe}', "\\u{fffe}")
        .replace('\u{ffff}', "\\u{ffff}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_made_visible() {
        assert_eq!(
            text("a\0\u{b}\u{1f}\u{85}\u{fffe}\u{ffff}]]>한😀"),
            "a\\u{0}\\u{b}\\u{1f}\\u{85}\\u{fffe}\\u{ffff}]]>한😀"
        );
        assert_eq!(text("a\r\nb"), "a\\u{d}\\u{a}b");
    }
}
