// How much a hit weighs. First comes what is called exactly so: where a term is defined, then the
// glossary, symbols and code. Then longer names of defined terms, pages with the word in a title,
// longer names of the rest, and all other pages.
var Scorer = {
  objNameMatch: 20,
  objPartialMatch: 6,
  objPrio: { 0: 20, 1: 17, 2: 12 },
  objPrioDefault: 0,
  title: 25,
  partialTitle: 9,
  term: 5,
  partialTerm: 2,
};

// Formulas are indexed as they are written, so a symbol is found by its name.
var splitQuery = (query) => {
  const letters = "αβγδεζηθικλμνξοπρστυφχψω";
  const names =
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi psi omega";
  const signs = { "∂": "partial", "∇": "nabla", "⊙": "odot", "ℓ": "ell" };
  const name = (symbol) => ` ${signs[symbol] ?? names.split(" ")[letters.indexOf(symbol)] ?? symbol} `;
  return query
    .toLowerCase()
    .replace(/[\p{Script=Greek}∂∇⊙ℓ]/gu, name)
    .split(/[^\p{Letter}\p{Number}_]+/u)
    .filter(Boolean);
};
