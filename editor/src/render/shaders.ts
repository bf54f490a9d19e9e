/** A triangle that covers the viewport. */
export const WHOLE = `#version 300 es
void main() {
  vec2 corner = vec2(float((gl_VertexID & 1) * 4), float((gl_VertexID >> 1) * 4)) - 1.0;
  gl_Position = vec4(corner, 0.0, 1.0);
}`;

/** A quad between two corners in clip space. */
export const QUAD = `#version 300 es
uniform vec4 uQuad;
void main() {
  vec2 way = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
  gl_Position = vec4(mix(uQuad.xy, uQuad.zw, way), 0.0, 1.0);
}`;

const SOFT = `
float soft(float alpha) { return step(0.0198, alpha) * step(alpha, 0.9802); }`;

/**
 * A level from the one below: the mean of 2×2 texels. Colours are premultiplied before they are averaged, so that what
 * lies under transparent pixels never bleeds into an edge. The straight colours' fourth channel says how much is soft.
 */
export const COARSEN = `#version 300 es
precision highp float;
uniform sampler2D uColour;
uniform sampler2D uCut;
uniform int uSource; // 0: uCut is premultiplied; 1: uCut.r is the alpha of uColour; 2: uColour has its own
layout(location = 0) out vec4 colour;
layout(location = 1) out vec4 cut;
${SOFT}
void main() {
  ivec2 from = ivec2(gl_FragCoord.xy) * 2;
  ivec2 end = textureSize(uCut, 0) - 1;
  colour = cut = vec4(0.0);
  for (int i = 0; i < 4; i++) {
    ivec2 at = min(from + ivec2(i & 1, i >> 1), end);
    vec4 here = texelFetch(uColour, at, 0);
    if (uSource == 0) {
      colour += here;
      cut += texelFetch(uCut, at, 0);
    } else {
      float alpha = uSource == 1 ? texelFetch(uCut, at, 0).r : here.a;
      colour += vec4(here.rgb, soft(alpha));
      cut += vec4(here.rgb * alpha, alpha);
    }
  }
  colour *= 0.25;
  cut *= 0.25;
}`;

/** The finest level of a reduced copy: the mean of squares of texels, straight (uStraight) or as they are. */
export const REDUCE = `#version 300 es
precision highp float;
uniform sampler2D uFrom;
uniform ivec2 uSize; // of what lies in uFrom
uniform ivec2 uShift; // of its first texel in the copy
uniform int uBy;
uniform bool uStraight;
out vec4 mean;
void main() {
  ivec2 from = (ivec2(gl_FragCoord.xy) - uShift) * uBy;
  vec4 sum = vec4(0.0);
  float weight = 0.0;
  for (int y = 0; y < uBy; y++)
    for (int x = 0; x < uBy; x++) {
      vec4 here = texelFetch(uFrom, min(from + ivec2(x, y), uSize - 1), 0);
      float alpha = uStraight ? here.a : 1.0;
      sum += vec4(here.rgb * alpha, here.a);
      weight += alpha;
    }
  mean = vec4(sum.rgb / max(weight, 1e-4), sum.a / float(uBy * uBy));
}`;

const FILTER = `
uniform sampler2D uColour;
uniform sampler2D uCut;
uniform float uSpan; // texels of this level a device pixel, at most 2
uniform bool uNeedColour;
uniform int uTaps; // texels a side that a device pixel can touch, at most 3
/** The mean over a device pixel around p: every texel by the area that it shares with the pixel. */
void boxed(vec2 p, out vec4 colour, out vec4 cut) {
  float span = max(uSpan, 1e-6);
  vec2 from = p - 0.5 * span;
  vec2 first = floor(uTaps == 1 ? p : from + 1e-3);
  ivec2 end = textureSize(uCut, 0) - 1;
  colour = cut = vec4(0.0);
  float all = 0.0;
  for (int y = 0; y < uTaps; y++)
    for (int x = 0; x < uTaps; x++) {
      vec2 at = first + vec2(float(x), float(y));
      vec2 both = max(min(at + 1.0, from + span) - max(at, from), 0.0);
      float weight = uTaps == 1 ? 1.0 : both.x * both.y;
      ivec2 texel = clamp(ivec2(at), ivec2(0), end);
      all += weight;
#if SOURCE == 0
      cut += weight * texelFetch(uCut, texel, 0);
      if (uNeedColour) colour += weight * texelFetch(uColour, texel, 0);
#else
      vec4 here = texelFetch(uColour, texel, 0);
      float alpha = SOURCE == 1 ? texelFetch(uCut, texel, 0).r : here.a;
      cut += weight * vec4(here.rgb * alpha, alpha);
      colour += weight * vec4(here.rgb, soft(alpha));
#endif
    }
  cut /= all;
  colour /= all;
}`;

/** The sliders, near enough to drag by: the pixel worker's answer follows. See alphacut's edges.py for what they mean. */
const EDGES = `
uniform sampler2D uAlpha; // a level coarse enough for the sliders' reach
uniform bool uAlphaInRed;
uniform vec2 uAlphaScale; // from this level's texels to shares of uAlpha
uniform float uTexel; // photo pixels a texel of this level
uniform vec3 uEdges; // shift and feather in photo pixels, contrast
float alphaAt(vec2 p) {
  vec4 here = textureLod(uAlpha, p * uAlphaScale, 0.0);
  return uAlphaInRed ? here.r : here.a;
}
float contrasted(float alpha) {
  float up = pow(alpha, uEdges.z);
  return up / (up + pow(1.0 - alpha, uEdges.z));
}
vec2 inwards(vec2 p, float reach) {
  vec2 slope = vec2(0.0);
  for (int i = 0; i < 8; i++) {
    float turn = 0.785398 * float(i);
    vec2 way = vec2(cos(turn), sin(turn));
    slope += way * (alphaAt(p + way * reach) + alphaAt(p + way * reach * 0.5));
  }
  return slope / max(length(slope), 1e-3);
}
float shifted(vec2 p, vec2 step_) {
  float a = alphaAt(p), b = alphaAt(p + 0.5 * step_), c = alphaAt(p + step_);
  return uEdges.x > 0.0 ? max(a, max(b, c)) : min(a, min(b, c));
}
float adjusted(vec2 p) {
  vec2 step_ = vec2(0.0);
  if (uEdges.x != 0.0) step_ = inwards(p, max(1.0, 1.5 * abs(uEdges.x)) / uTexel) * uEdges.x / uTexel;
  if (uEdges.y <= 0.0) return contrasted(shifted(p, step_));
  float sum = contrasted(shifted(p, step_)), all = 1.0;
  for (int i = 0; i < 24; i++) {
    // Vogel's spiral: even over a disc of two standard deviations.
    float reach = uEdges.y * sqrt((float(i) + 0.5) / 24.0), turn = 2.399963 * float(i);
    float weight = exp(-2.0 * reach * reach / (uEdges.y * uEdges.y));
    sum += weight * contrasted(shifted(p + vec2(cos(turn), sin(turn)) * reach / uTexel, step_));
    all += weight;
  }
  return sum / all;
}`;

const ADJUST = `
  if (uShow != 2) {
    float alpha = adjusted(p);
    vec3 own = mix(colour.rgb, cut.rgb / max(cut.a, 1e-3), smoothstep(0.0, 0.2, cut.a));
    cut = vec4(own * alpha, alpha);
  }
`;

const BACKDROP = `
uniform int uBackdrop; // 0: checkerboard; 1: a colour; 2: a ramp along uAxis; 3: a ramp around uAxis.xy (2, 3: RAMP)
uniform vec3 uBehind;
uniform sampler2D uRamp;
uniform vec4 uAxis;
uniform float uSquare;
uniform vec2 uGreys;
uniform float uHeight;
vec3 checker() {
  ivec2 at = ivec2(vec2(gl_FragCoord.x, uHeight - gl_FragCoord.y) / uSquare);
  return vec3(((at.x + at.y) & 1) == 0 ? uGreys.x : uGreys.y);
}
vec3 behind(vec2 place) {
#if RAMP == 0
  return uBackdrop == 0 ? checker() : uBehind;
#else
  float along = uBackdrop == 2 ? dot(place, uAxis.xy) + uAxis.z : length((place - uAxis.xy) / uAxis.zw);
  vec4 here = texture(uRamp, vec2(clamp(along, 0.0, 1.0), 0.5));
  return mix(checker(), here.rgb, here.a);
#endif
}`;

/** What a program that shows tiles can do. */
export interface Does {
  /** Where alpha comes from, as in `COARSEN`. */
  readonly source: 0 | 1 | 2;
  /** Whether the sliders do something. */
  readonly adjust: boolean;
  /** Whether a gradient stands behind. */
  readonly ramp: boolean;
  readonly highlight: boolean;
}

/**
 * One tile on the screen. A program for each case: what a shader could do costs even where it does not, most of all
 * without a graphics device.
 */
export const show = ({ source, adjust, ramp, highlight }: Does): string => `#version 300 es
#define SOURCE ${source}
#define RAMP ${ramp ? 1 : 0}
#define HIGHLIGHT ${highlight ? 1 : 0}
precision highp float;
precision highp int;
uniform vec2 uOrigin; // the tile's first corner in device pixels from the top left
uniform vec4 uPlace; // from this level's texels to shares of the picture: scale, offset
uniform int uShow; // 0: cutout; 1: matte; 2: original
uniform vec3 uHighlight;
uniform float uPhase;
out vec4 shown;
${SOFT}
${FILTER}
${adjust ? EDGES : ""}
${BACKDROP}
void main() {
  vec2 p = (vec2(gl_FragCoord.x, uHeight - gl_FragCoord.y) - uOrigin) * uSpan;
  vec4 colour, cut;
  boxed(p, colour, cut);
  ${adjust ? ADJUST : ""}
  vec3 rgb = uShow == 2 ? colour.rgb : vec3(cut.a);
  if (uShow == 0) rgb = cut.rgb + (1.0 - cut.a) * behind(p * uPlace.xy + uPlace.zw);
#if HIGHLIGHT == 1
    float stripe = fract((gl_FragCoord.x + gl_FragCoord.y) / (uSquare * 1.5) - uPhase);
    float strength = min(1.0, 1.5 * colour.a) * (stripe < 0.5 ? 0.9 : 0.55);
    rgb = mix(rgb, uHighlight.rgb, strength);
#endif
  shown = vec4(rgb, 1.0);
}`;
