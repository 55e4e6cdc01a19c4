// Reads the vectors of log_stdplus in float64 and prints the largest error of a port in JavaScript.
//
//     python -m derivations.vectors.archive && unzip stdplus-vectors-*.zip
//     node vectors.js stdplus-vectors-0.1.0/json/log_stdplus-float64.json
const { readFileSync } = require("node:fs");

const bits = new BigUint64Array(1);
const float = new Float64Array(bits.buffer);
const number = (hex) => ((bits[0] = BigInt("0x" + hex)), float[0]);
const ulp = (y) => {
  float[0] = Math.max(Math.abs(y), 2 ** -1022);
  return 2 ** (Number(bits[0] >> 52n) - 1023) * 2 ** -52;
};

// The port: Newton's iteration on expm1(2t) − 2t = x². Next to 0 it loses three digits.
function logStdplus(x) {
  let t = Math.asinh(x / 2);
  for (let i = 0; i < 8; i++) t -= (Math.expm1(2 * t) - 2 * t - x * x) / (2 * Math.expm1(2 * t));
  return t;
}

const { function: name, dtype, vectors } = JSON.parse(readFileSync(process.argv[2], "utf8"));
let worst = { error: -1 };
for (const { id, input, output, residual } of vectors) {
  const x = number(input), y = number(output);
  if (!(Math.abs(x) > 1e-6 && Math.abs(x) < 1e6)) continue; // where the port is of use
  const error = Math.abs((logStdplus(x) - y) / ulp(y) + residual / 1000);
  if (error > worst.error) worst = { error, id };
}
console.log(`${name} ${dtype}: largest error ${worst.error.toFixed(3)} ULP at ${worst.id}`);
