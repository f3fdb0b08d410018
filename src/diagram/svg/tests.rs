use super::super::picture::{
    Condition, Detail, DetailKind, Edge, EdgeKind, Flag, Group, GroupId, GroupKind, Node, NodeId, NodeKind,
    SubnetClass, View,
};
use super::*;
use crate::diag::Severity;

fn node(label: &str, kind: NodeKind, group: Option<u32>) -> Node {
    Node {
        kind,
        label: label.to_owned(),
        noun: "thing".to_owned(),
        group: group.map(GroupId),
        details: Vec::new(),
        condition: None,
        subjects: Vec::new(),
        members: Vec::new(),
        flags: Vec::new(),
    }
}

fn edge(from: u32, to: u32, labels: &[&str]) -> Edge {
    Edge {
        from: NodeId(from),
        to: NodeId(to),
        kind: EdgeKind::Traffic,
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        condition: None,
        assumed: false,
        evidence: Vec::new(),
        subjects: Vec::new(),
        count: 1,
        flags: Vec::new(),
    }
}

/// A picture whose every text is the given one.
fn picture(text: &str) -> Picture {
    let group = |label: &str, kind, parent: Option<u32>| Group {
        kind,
        label: label.to_owned(),
        parent: parent.map(GroupId),
        details: Vec::new(),
        condition: None,
        subjects: Vec::new(),
        flags: vec![1],
    };
    let mut service = node(text, NodeKind::Service, Some(1));
    service.details = vec![Detail {
        kind: DetailKind::Unknown,
        text: text.to_owned(),
    }];
    service.condition = Some(Condition {
        text: text.to_owned(),
        by_default: false,
    });
    service.flags = (1..=9).collect();
    service.members = vec![text.to_owned(); 3];
    let mut flagged = edge(1, 2, &[text]);
    flagged.flags = vec![2];
    flagged.assumed = true;
    Picture {
        view: View::Architecture,
        surroundings: None,
        templates: vec![text.into()],
        groups: vec![
            group(text, GroupKind::Vpc, None),
            group(text, GroupKind::Subnet(SubnetClass::Unknown), Some(0)),
        ],
        nodes: vec![
            node("internet", NodeKind::Internet, None),
            service,
            node(text, NodeKind::Database, Some(0)),
        ],
        edges: vec![edge(0, 1, &[]), flagged, edge(2, 2, &[text]), edge(2, 0, &[])],
        flags: (0..9)
            .map(|number| Flag {
                rule: "task-public-ip".into(),
                severity: [Severity::Error, Severity::Warning, Severity::Info][number % 3],
                message: text.to_owned(),
                place: "a.yaml:1:1".to_owned(),
                finding: format!("0123456789abcdef#{number}"),
                is_drawn: true,
            })
            .collect(),
        notes: vec![text.to_owned()],
    }
}

/// The names of all elements, as a reader of XML finds them, and all texts.
fn read(svg: &str) -> (Vec<String>, String) {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(svg);
    reader.config_mut().check_end_names = true;
    let (mut names, mut texts) = (Vec::new(), String::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return (names, texts),
            Event::Start(start) | Event::Empty(start) => {
                let name = String::from_utf8(start.name().as_ref().to_vec()).unwrap();
                for attribute in start.attributes() {
                    let attribute = attribute.unwrap();
                    let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
                    assert!(!key.starts_with("on") && key != "style", "{key}");
                    if key == "href" {
                        assert!(attribute.value.starts_with(b"#"));
                    }
                }
                names.push(name);
            }
            Event::Text(text) => texts.push_str(&text.decode().unwrap()),
            _ => {}
        }
    }
}

#[test]
fn whatever_a_text_is_it_stays_text() {
    let harmless = read(&write(&picture("harmless"), Setting::Alone).unwrap()).0;
    for text in [
        "</svg><script>alert(1)</script>",
        "\u{202e}\u{1b}[31m\0",
        "주문 서비스 \u{fffe}",
        "\" onload=\"x",
        "]]>&lt;",
        "",
    ] {
        let svg = write(&picture(text), Setting::Alone).unwrap();
        let mut names = read(&svg).0;
        // A text may take two lines.
        names.retain(|name| name != "text");
        let mut expected = harmless.clone();
        expected.retain(|name| name != "text");
        assert_eq!(names, expected, "{text:?}");
        assert!(
            !svg.chars()
                .any(|character| character != '\n' && crate::diag::steers(character)),
            "{text:?}"
        );
    }
}

#[test]
fn every_part_has_its_whole_text_as_its_name() {
    let long = "a very long label of a service that nobody could draw in a box of that size without making everything else smaller";
    let svg = write(&picture(long), Setting::Alone).unwrap();
    assert!(svg.contains(&format!("aria-label=\"{long}, ")), "{svg}");
    assert!(svg.contains(&format!("<title>{long}\n")), "{svg}");
    assert!(svg.contains('…'), "and what does not fit is cut");
}

#[test]
fn numbers_lead_to_the_findings_and_have_one_anchor_each() {
    let alone = write(&picture("x"), Setting::Alone).unwrap();
    assert!(alone.contains("href=\"#flag-1\"") && alone.contains("id=\"flag-1\""));
    let page = write(&picture("x"), Setting::Page).unwrap();
    assert!(page.contains("href=\"#f-0123456789abcdef-0\""));
    assert!(!page.contains("id=\"flag-1\"") && !page.contains("<style"));
    let picture = picture("x");
    for (number, part) in [(1, "p-n2"), (9, "p-n2"), (10, "")] {
        let anchor = part_anchor(&picture, number).unwrap_or_default();
        assert_eq!(anchor, part);
        assert!(page.contains(&format!("id=\"{part}")));
    }
    assert!(page.contains(">+3</text>"), "nine are too many for one part");
}

#[test]
fn a_line_back_to_its_own_node_stands_on_it() {
    let svg = write(&picture("x"), Setting::Alone).unwrap();
    assert!(svg.contains("traffic itself x"));
    assert_eq!(svg.matches("class=\"edge\"").count(), 3);
}

#[test]
fn an_empty_picture_is_a_picture() {
    let (names, _) = read(&write(&Picture::default(), Setting::Alone).unwrap());
    assert_eq!(names[0], "svg");
}

/// A rectangle as left, top, right and bottom.
type Corners = [i32; 4];

/// What is drawn of one node or box: its frame, the rectangles and the texts in it.
#[derive(Default)]
struct Drawn {
    frame: Corners,
    rects: Vec<Corners>,
    texts: Vec<(String, Corners)>,
}

/// The nodes and boxes of a picture, as the elements say.
fn drawn(svg: &str) -> Vec<Drawn> {
    let attribute = |line: &str, name: &str| -> Option<String> {
        let (_, rest) = line.split_once(&format!(" {name}=\""))?;
        Some(rest.split_once('"')?.0.to_owned())
    };
    let number = |line: &str, name: &str| -> i32 {
        attribute(line, name)
            .and_then(|text| text.parse().ok())
            .unwrap_or_default()
    };
    let mut out: Vec<Drawn> = Vec::new();
    let mut is_inside = false;
    for line in svg.lines().map(str::trim_start) {
        if line.starts_with("<g id=") {
            is_inside = line.starts_with("<g id=\"p-n") || line.starts_with("<g id=\"p-g");
            out.extend(is_inside.then(Drawn::default));
        }
        let Some(last) = out.last_mut().filter(|_| is_inside) else {
            continue;
        };
        let (x, y) = (number(line, "x"), number(line, "y"));
        if line.starts_with("<rect") {
            let rect = [x, y, x + number(line, "width"), y + number(line, "height")];
            // The front sheet of a node that stands for several is the last.
            let class = attribute(line, "class").unwrap_or_default();
            match last.rects.is_empty()
                && last.texts.is_empty()
                && (class.starts_with("p-node") || last.frame == [0; 4])
            {
                true => last.frame = rect,
                false => last.rects.push(rect),
            }
        } else if line.starts_with("<text") && attribute(line, "text-anchor").is_none() {
            let text = line
                .split_once('>')
                .and_then(|(_, rest)| rest.split_once("</text>"))
                .unwrap()
                .0;
            let ty = if line.contains("font-weight") {
                type_size::NAME
            } else {
                type_size::TEXT
            };
            let text = quick_xml::escape::unescape(text).unwrap().into_owned();
            let rect = [x, y - ty.size, x + ty.width(&text), y + 4];
            last.texts.push((text, rect));
        }
    }
    out
}

#[test]
fn every_text_and_number_stands_within_its_frame() {
    let holds = |outer: Corners, inner: Corners| {
        outer[0] <= inner[0] && outer[1] <= inner[1] && inner[2] <= outer[2] && inner[3] <= outer[3]
    };
    let long = "a very long label of a service that nobody could draw in a box of that size without cutting or wrapping it";
    for text in [
        "x",
        long,
        "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
        "주문처리서비스를위한아주긴이름의태스크정의와그컨테이너",
    ] {
        let parts = drawn(&write(&picture(text), Setting::Alone).unwrap());
        assert_eq!(parts.len(), 5);
        for part in parts {
            assert!(!part.texts.is_empty());
            for (text, rect) in &part.texts {
                assert!(
                    holds(part.frame, *rect),
                    "{text:?} at {rect:?} in {:?}",
                    part.frame
                );
            }
            for rect in &part.rects {
                assert!(holds(part.frame, *rect), "{rect:?} in {:?}", part.frame);
            }
        }
    }
}
