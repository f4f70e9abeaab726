//! Reads system calls: arguments, the result that is wanted, an errno.

use super::Cursor;
use crate::place::Unsupported;
use crate::script::{Expr, Field, SystemCall, Wanted};

/// Deeper than this no argument is nested.
const DEEPEST: usize = 20;

pub(super) fn read_call(cursor: &mut Cursor<'_>, end: Option<u64>) -> Result<SystemCall, Unsupported> {
    cursor.blanks()?;
    let start = cursor.offset();
    let name = cursor.word("a system call")?.to_owned();
    cursor.need("(")?;
    let arguments = read_list(cursor, ")", 0)?;
    let text = cursor.since(start).split_whitespace().collect::<Vec<_>>().join(" ");
    cursor.need("=")?;
    let wanted = if cursor.eat("?")? {
        Wanted::Anything
    } else {
        let value = read_expr(cursor, 0)?;
        if cursor.eat("...")? {
            match (value, cursor.integer("the largest result")?) {
                (Expr::Int(least), most) if least <= most => Wanted::Range(least, most),
                _ => return cursor.fail("a range of results is two numbers, the smaller first"),
            }
        } else {
            Wanted::Value(value)
        }
    };
    let errno = match cursor.peek_word()? {
        word if word.starts_with('E') => {
            cursor.word("an errno")?;
            Some(word.to_owned())
        }
        _ => None,
    };
    // A note in parentheses explains the result to people; nothing in it is checked. It ends on its own line.
    let before = cursor.clone();
    if cursor.eat("(")? {
        let (mut open, line) = (1, cursor.place().line);
        while open > 0 {
            match cursor.bump() {
                Some('(') => open += 1,
                Some(')') => open -= 1,
                Some(_) if cursor.place().line == line => {}
                _ => return before.fail("the note in parentheses is not closed"),
            }
        }
    }
    Ok(SystemCall { end, name, arguments, wanted, errno, text })
}

fn read_list(cursor: &mut Cursor<'_>, close: &str, depth: usize) -> Result<Vec<Expr>, Unsupported> {
    let mut list = Vec::new();
    if cursor.eat(close)? {
        return Ok(list);
    }
    loop {
        list.push(read_expr(cursor, depth)?);
        if cursor.eat(close)? {
            return Ok(list);
        }
        cursor.need(",")?;
    }
}

/// An argument: one value, or several joined with `|`.
pub(crate) fn read_expr(cursor: &mut Cursor<'_>, depth: usize) -> Result<Expr, Unsupported> {
    let first = read_value(cursor, depth)?;
    if !cursor.eat("|")? {
        return Ok(first);
    }
    let mut values = vec![first, read_value(cursor, depth)?];
    while cursor.eat("|")? {
        values.push(read_value(cursor, depth)?);
    }
    Ok(Expr::Or(values))
}

fn read_value(cursor: &mut Cursor<'_>, depth: usize) -> Result<Expr, Unsupported> {
    if depth > DEEPEST {
        return cursor.fail("arguments are nested too deeply");
    }
    if cursor.eat("...")? {
        return Ok(Expr::Ellipsis);
    }
    if cursor.eat("[")? {
        return Ok(Expr::List(read_list(cursor, "]", depth + 1)?));
    }
    if cursor.eat("{")? {
        return read_struct(cursor, depth + 1);
    }
    if cursor.eat("(")? {
        let inner = read_expr(cursor, depth + 1)?;
        cursor.need(")")?;
        return Ok(inner);
    }
    if cursor.eat("~")? {
        return Ok(Expr::Not(Box::new(read_value(cursor, depth + 1)?)));
    }
    if cursor.eat("\"")? {
        return read_text(cursor);
    }
    if !cursor.peek_word()?.is_empty() {
        let name = cursor.word("a name")?.to_owned();
        if cursor.rest().starts_with('(') {
            cursor.bump();
            return Ok(Expr::Call(name, read_list(cursor, ")", depth + 1)?));
        }
        return Ok(Expr::Word(name));
    }
    let what = "an argument: a number, a constant, \"text\", [list], {struct} or ...";
    let value = cursor.integer(what)?;
    if cursor.eat("<<")? {
        let shift: u32 = cursor.number("a shift, 0 to 62")?;
        return match value.checked_shl(shift).filter(|_| shift < 63) {
            Some(value) => Ok(Expr::Int(value)),
            None => cursor.fail("the shift is too far"),
        };
    }
    Ok(Expr::Int(value))
}

fn read_struct(cursor: &mut Cursor<'_>, depth: usize) -> Result<Expr, Unsupported> {
    let mut fields = Vec::new();
    while !cursor.eat("}")? {
        if !fields.is_empty() {
            cursor.need(",")?;
            if cursor.eat("}")? {
                break;
            }
        }
        let value = read_expr(cursor, depth)?;
        let name = match (&value, cursor.eat("=")?) {
            (_, false) => None,
            (Expr::Word(name) | Expr::Call(name, _), true) => Some(name.clone()),
            _ => return cursor.expected("a field's name before “=”"),
        };
        let value = if name.is_some() { read_expr(cursor, depth)? } else { value };
        fields.push(Field { name, value });
    }
    Ok(Expr::Struct(fields))
}

fn read_text(cursor: &mut Cursor<'_>) -> Result<Expr, Unsupported> {
    let start = cursor.clone();
    let mut text = String::new();
    loop {
        match cursor.bump() {
            Some('"') => return Ok(Expr::Text(text)),
            Some('\\') => match cursor.bump() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('0') => text.push('\0'),
                Some(same @ ('\\' | '"')) => text.push(same),
                _ => return start.fail("an escape in a text other than \\n, \\t, \\0, \\\\ and \\\""),
            },
            Some('\n') | None => return start.fail("the text's closing quotation mark is missing"),
            Some(other) => text.push(other),
        }
    }
}
