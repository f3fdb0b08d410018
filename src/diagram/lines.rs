//! What stands on a part of a picture, line by line, the same in every format that draws. The backticks around names are left
//! out: a picture is full of names, and nothing in it is prose.

use super::picture::{Condition, DetailKind, Edge, Flag, Group, GroupKind, Node, Picture};

/// Lines of details that are drawn on one part; the others are counted. A service of one container with all that the article asks
/// for has as many: subnets, groups, tasks, scaling, task definition, container, cluster, logs, two roles.
const MAX_DETAILS: usize = 10;

/// Characters of a condition that are drawn.
const MAX_CONDITION: usize = 72;

/// Numbers of flags that are drawn on one part; the others are counted.
const MAX_NUMBERS: usize = 6;

impl Picture {
    /// The lines of a node: its flags and name, what it is, its details, its condition.
    pub fn node_lines(&self, node: &Node) -> Vec<String> {
        let mut out = vec![headed(&node.flags, &node.label)];
        if !node.noun.is_empty() && node.noun != node.label {
            out.push(node.noun.clone());
        }
        if let Some(stack) = node
            .stack()
            .filter(|stack| self.has_stacks() && !stack.is_empty())
        {
            out.push(format!("stack {stack}"));
        }
        let details = node.details.iter();
        push_details(
            &mut out,
            details.map(|detail| (detail.kind, detail.text.as_str())),
        );
        out.extend(node.condition.as_ref().map(when));
        plain(out)
    }

    /// The lines of a box.
    pub fn group_lines(&self, group: &Group) -> Vec<String> {
        let name = match group.kind {
            GroupKind::Vpc if !group.label.starts_with("VPC") => format!("VPC {}", group.label),
            GroupKind::Subnet(class) => format!("{}: {}", class.of("subnet"), group.label),
            GroupKind::Tier(class) if group.subjects.is_empty() => {
                format!("{} ({})", group.label, class.as_str())
            }
            GroupKind::Stack => format!("stack {}", group.label),
            _ => group.label.clone(),
        };
        let mut out = vec![headed(&group.flags, &name)];
        let details = group.details.iter();
        push_details(
            &mut out,
            details.map(|detail| (detail.kind, detail.text.as_str())),
        );
        out.extend(group.condition.as_ref().map(when));
        plain(out)
    }

    /// The lines of an edge; none when nothing stands at it.
    pub fn edge_lines(&self, edge: &Edge) -> Vec<String> {
        let mut label = edge.label();
        if edge.count > 1 {
            let times = format!("{} ×", edge.count);
            label = if label.is_empty() {
                times
            } else {
                format!("{times} {label}")
            };
        }
        let mut out = Vec::new();
        if !edge.flags.is_empty() || !label.is_empty() {
            out.push(headed(&edge.flags, &label));
        }
        if edge.assumed {
            out.push("assumed".to_owned());
        }
        out.extend(edge.condition.as_ref().map(when));
        plain(out)
    }
}

impl Flag {
    /// The flag as a line of the list below a picture, its number in front.
    pub fn line(&self, number: usize) -> String {
        let place = if self.is_drawn {
            ""
        } else {
            " (not in the picture)"
        };
        let message = self.message.replace('`', "");
        format!(
            "{number} {}[{}]: {message}, {}{place}",
            self.severity, self.rule, self.place
        )
    }
}

/// A condition as a line: "when Stage = prod", "by default: …".
pub fn when(condition: &Condition) -> String {
    let text = &condition.text;
    let shown = match text.char_indices().nth(MAX_CONDITION) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
        None => text.clone(),
    };
    match condition.by_default {
        true => format!("when {shown} (by default)"),
        false => format!("when {shown}"),
    }
}

/// A name with the numbers of the flags on it in front.
fn headed(flags: &[u32], name: &str) -> String {
    if flags.is_empty() {
        return name.to_owned();
    }
    let mut numbers: Vec<String> = flags.iter().take(MAX_NUMBERS).map(ToString::to_string).collect();
    if let Some(more) = flags.len().checked_sub(MAX_NUMBERS).filter(|more| *more > 0) {
        numbers.push(format!("{more} more"));
    }
    match name.is_empty() {
        true => format!("⚠ {}", numbers.join(", ")),
        false => format!("⚠ {}: {name}", numbers.join(", ")),
    }
}

fn plain(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().map(|line| line.replace('`', "")).collect()
}

/// What is read first, and left out last.
fn weight(kind: DetailKind) -> u8 {
    match kind {
        DetailKind::Unknown => 0,
        DetailKind::Network => 1,
        DetailKind::Capacity => 2,
        DetailKind::Task => 3,
        DetailKind::Cluster => 4,
        DetailKind::Log => 5,
        DetailKind::Role => 6,
        DetailKind::Other => 7,
    }
}

fn push_details<'d>(out: &mut Vec<String>, details: impl Iterator<Item = (DetailKind, &'d str)>) {
    let mut sorted: Vec<(DetailKind, &str)> = details.collect();
    sorted.sort_by_key(|(kind, _)| weight(*kind));
    let all: Vec<String> = sorted
        .into_iter()
        .map(|(kind, text)| match kind {
            DetailKind::Unknown => format!("? {text}"),
            _ => text.to_owned(),
        })
        .collect();
    let more = all.len().saturating_sub(MAX_DETAILS);
    out.extend(all.into_iter().take(MAX_DETAILS));
    if more > 0 {
        out.push(format!("and {more} more"));
    }
}
