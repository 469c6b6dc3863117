// Draws the areas once and repaints them on every change. All text goes in as textContent:
// nothing from the data is ever read as markup.
(() => {
  "use strict";

  const LINE = { weight: 0.8, opacity: 1, fillOpacity: 1 };
  const DIMMED = { fillOpacity: 0.12, weight: 0.5 };
  const CHOSEN_WEIGHT = 3.5;
  const LABEL_GAP_PX = 3;
  const DRAG_PX = 3;
  const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

  let map = null;
  let options = null;
  let areas = null;
  let surroundings = null;
  let state = null;
  let moved = false;
  let pressed = null;
  let labels = [];
  let drawnOutline = "";
  const byKode = new Map();
  const outlines = new Map();

  const element = (tag, text, className) => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const colour = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  // --- what a reader sees at an area ------------------------------------------------------

  const rowsOf = (kode) =>
    (state?.tips[kode] ?? []).map((text, place) => [state.labels[place], text]);

  const box = (title, rows, note) => {
    const made = element("div", "", "tip");
    made.append(element("strong", title));
    const table = document.createElement("table");
    for (const [label, value] of rows) {
      if (!value) continue;
      const row = table.insertRow();
      row.append(element("th", label), element("td", value));
    }
    if (table.rows.length) made.append(table);
    if (note) made.append(element("em", note));
    return made;
  };

  const boxOf = ({ kode, kelurahan }) => box(kelurahan, rowsOf(kode), state?.note);

  const nameAloud = ({ kode, kelurahan }) => {
    const [first] = rowsOf(kode);
    return [kelurahan, first && `${first[0]}: ${first[1]}`, state?.note].filter(Boolean).join(", ");
  };

  // --- painting ---------------------------------------------------------------------------

  const styleOf = (kode, colours) => {
    const chosen = kode === state.chosen;
    const marked = state.marked.includes(kode);
    return {
      ...LINE,
      color: chosen || marked ? colours.chosen : colours.line,
      fillColor: state.fills[kode] ?? "none",
      ...(state.dimmed.includes(kode) ? DIMMED : {}),
      ...(marked ? { weight: 2.2 } : {}),
      ...(chosen ? { weight: CHOSEN_WEIGHT } : {}),
    };
  };

  const surroundingsColours = () => ({ color: colour("context-line"), fillColor: colour("context") });

  const paint = () => {
    if (!areas || !state) return;
    document.documentElement.dataset.theme = state.theme;
    map.getContainer().setAttribute("aria-label", state.title);
    const colours = { chosen: colour("chosen"), line: colour("line") };
    for (const [kode, area] of byKode) {
      area.setStyle(styleOf(kode, colours));
      if (state.marked.includes(kode)) area.bringToFront();
      area.getElement()?.setAttribute("aria-label", nameAloud(area.feature.properties));
      if (area.isTooltipOpen()) area.getTooltip().setContent(boxOf(area.feature.properties));
    }
    byKode.get(state.chosen)?.bringToFront();
    surroundings?.setStyle(surroundingsColours());
    for (const group of outlines.values())
      group.eachLayer((layer) => layer.setStyle({ color: colour("outline") }));
    drawOutlines();
    document.body.dataset.drawn = String(byKode.size);
    document.body.dataset.shown = state.shown;
  };

  // Patterns are told from every class, in colour, in grey and on paper. Their text is ours.
  const addPatterns = async (svg) => {
    const given = options.patterns;
    const text = given.startsWith("<") ? given : await (await fetch(given)).text();
    const holder = new DOMParser().parseFromString(
      `<svg xmlns="${svg.namespaceURI}"><defs>${text}</defs></svg>`,
      "image/svg+xml",
    );
    svg.prepend(document.importNode(holder.documentElement.firstChild, true));
  };

  // --- what Python hears ------------------------------------------------------------------

  // While a zoom is being animated Leaflet starts no drag, and would take the end of one for a click.
  const wasDragged = ({ clientX, clientY }) => {
    const from = pressed;
    pressed = null;
    return from !== null && Math.hypot(clientX - from.x, clientY - from.y) > DRAG_PX;
  };

  // What streamlit-folium returns on a click: the code, not ten kilobytes of geometry. The time
  // makes a second click on the same area a new event. It would wait a quarter of a second; we
  // answer at once, and tell it what was answered, so that it does not repeat us.
  const answerWithCode = (layer, kode) => {
    let at = 0;
    layer.toGeoJSON = () => ({ kode, at });
    layer.on("preclick", () => (at = Date.now()));
    layer.on("click", ({ originalEvent }) => {
      const kept = window.__GLOBAL_DATA__;
      if (!kept || wasDragged(originalEvent)) return;
      const value = { last_active_drawing: layer.toGeoJSON() };
      Object.assign(kept, value, { previous_data: value });
      const type = "streamlit:setComponentValue";
      window.parent.postMessage({ isStreamlitMessage: true, type, value, dataType: "json" }, "*");
    });
  };

  // --- keyboard: one stop for Tab, arrows go from area to area, Enter chooses ----------------

  const centreOf = (area) => map.latLngToContainerPoint(area.labelAt);

  const nextArea = (from, [dx, dy]) => {
    const start = centreOf(from);
    let best = null;
    let least = Infinity;
    for (const area of byKode.values()) {
      const way = centreOf(area).subtract(start);
      const ahead = way.x * dx + way.y * dy;
      const aside = Math.abs(way.x * dy) + Math.abs(way.y * dx);
      const cost = ahead + 2 * aside;
      if (area !== from && ahead > aside / 2 && cost < least) [best, least] = [area, cost];
    }
    return best;
  };

  const click = (area) => {
    const { x, y } = map.getContainer().getBoundingClientRect();
    const point = centreOf(area);
    const where = { clientX: x + point.x, clientY: y + point.y };
    area.getElement().dispatchEvent(new MouseEvent("click", { bubbles: true, ...where }));
  };

  const makeReachable = (area, first) => {
    const path = area.getElement();
    path.setAttribute("role", "button");
    path.setAttribute("tabindex", first ? "0" : "-1");
    path.setAttribute("data-kode", area.feature.properties.kode);
    path.addEventListener("keydown", (event) => {
      const arrow = ARROWS[event.key];
      if (!arrow && event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      if (!arrow) return click(area);
      const next = nextArea(area, arrow);
      if (!next) return;
      path.setAttribute("tabindex", "-1");
      next.getElement().setAttribute("tabindex", "0");
      next.getElement().focus();
    });
  };

  // --- names that do not collide ------------------------------------------------------------

  // Twice the area within a ring (shoelace), in square degrees: enough to compare parts of one area.
  const sizeOf = (ring) =>
    Math.abs(
      ring.reduce((sum, one, place) => {
        const next = ring[(place + 1) % ring.length];
        return sum + (one.lng - next.lng) * (one.lat + next.lat);
      }, 0),
    );

  const largestRing = (layer) => {
    const rings = layer.getLatLngs().flat(Infinity).length ? layer.getLatLngs() : [];
    const outer = rings.map((part) => (Array.isArray(part[0]) ? part[0] : part));
    return outer.reduce((best, ring) => (sizeOf(ring) > sizeOf(best) ? ring : best), []);
  };

  const ruler = document.createElement("canvas").getContext("2d");
  const widthOf = (text, size) => {
    ruler.font = `${size}px "Source Sans", "Source Sans Pro", sans-serif`;
    return ruler.measureText(text).width;
  };

  const addLabel = (layer, text, className, weight, size) => {
    const bounds = layer.getBounds();
    const icon = L.divIcon({ html: element("span", text), className: `name ${className}`, iconSize: null });
    const marker = L.marker(layer.labelAt, { icon, interactive: false, keyboard: false });
    labels.push({ marker, bounds, weight, size, width: widthOf(text, size), own: className === "area" });
  };

  const placeLabels = () => {
    const placed = [];
    const view = map.getBounds();
    for (const one of labels) {
      const centre = map.latLngToContainerPoint(one.marker.getLatLng());
      const half = { x: one.width / 2 + LABEL_GAP_PX, y: one.size / 2 + LABEL_GAP_PX };
      const rect = [centre.x - half.x, centre.y - half.y, centre.x + half.x, centre.y + half.y];
      const room =
        map.latLngToContainerPoint(one.bounds.getSouthEast()).x -
        map.latLngToContainerPoint(one.bounds.getNorthWest()).x;
      const free =
        view.contains(one.marker.getLatLng()) &&
        (one.weight > 1 || room > one.width * 0.9) &&
        !(one.outline && one.outline !== state?.outline) &&
        placed.every(
          (other) =>
            rect[2] < other[0] || rect[0] > other[2] || rect[3] < other[1] || rect[1] > other[3],
        );
      if (free) {
        placed.push(rect);
        one.marker.addTo(map);
      } else one.marker.remove();
    }
  };

  const sortLabels = () => {
    const size = ({ bounds }) =>
      (bounds.getEast() - bounds.getWest()) * (bounds.getNorth() - bounds.getSouth());
    labels.sort((a, b) => b.weight - a.weight || size(b) - size(a));
    placeLabels();
  };

  // --- layers -------------------------------------------------------------------------------

  const remember = (layer) => {
    layer.labelAt = L.PolyUtil.polygonCenter(largestRing(layer), map.options.crs);
  };

  const drawAreas = (geometry) => {
    areas = L.geoJSON(geometry, {
      style: () => ({ ...LINE, color: colour("line"), fillColor: "none", className: "kelurahan" }),
      onEachFeature: (feature, layer) => {
        layer.bindTooltip(() => boxOf(feature.properties), { sticky: true });
        if (options.popups) layer.bindPopup(() => boxOf(feature.properties));
        answerWithCode(layer, feature.properties.kode);
        byKode.set(feature.properties.kode, layer);
      },
    }).addTo(map);
    addPatterns(map.getPane("overlayPane").querySelector("svg"));
    let first = true;
    areas.eachLayer((layer) => {
      remember(layer);
      makeReachable(layer, first);
      addLabel(layer, layer.feature.properties.kelurahan, "area", 1, 12);
      first = false;
    });
    paint();
    sortLabels();
  };

  const drawContext = (geometry) => {
    const layer = L.geoJSON(geometry, {
      style: () => ({ ...surroundingsColours(), weight: 0.6, fillOpacity: 1, className: "context" }),
      onEachFeature: (feature, one) => {
        const { kelurahan, kecamatan, kabupaten } = feature.properties;
        const where = [kecamatan, kabupaten].filter(Boolean).join(", ");
        const rows = () => (where ? [[where, " "]] : []);
        one.bindTooltip(() => box(kelurahan, rows(), state?.outside), { sticky: true });
      },
    }).addTo(map);
    surroundings = layer;
    layer.bringToBack();
    layer.eachLayer((one) => {
      one.getElement()?.setAttribute("tabindex", "-1");
      remember(one);
      addLabel(one, one.feature.properties.kelurahan, "outside", 0, 11);
    });
    sortLabels();
  };

  const drawOutlines = async () => {
    const wanted = state.outline;
    if (wanted === drawnOutline) return;
    drawnOutline = wanted;
    for (const [name, layer] of outlines) if (name !== wanted) layer.remove();
    if (outlines.has(wanted)) outlines.get(wanted).addTo(map);
    else if (options.outlines[wanted]) {
      outlines.set(wanted, L.layerGroup().addTo(map));
      const geometry = await read(options.outlines[wanted]);
      const layer = L.geoJSON(geometry, {
        pane: "outlines",
        interactive: false,
        style: () => ({ className: `outline ${wanted}`, fill: false, weight: 2.2,
          color: colour("outline"), dashArray: wanted === "dapil" ? "7 5" : null }),
      });
      outlines.get(wanted).addLayer(layer);
      layer.eachLayer((one) => {
        remember(one);
        addLabel(one, one.feature.properties.kelurahan, "outline", 2, 13);
        labels.at(-1).outline = wanted;
      });
      sortLabels();
    }
    placeLabels();
  };

  // --- position: kept through every change, page and reload; shared between linked maps -------

  const link = () => {
    if (!options.linked) return;
    const channel = new BroadcastChannel(options.linked);
    let following = false;
    map.on("move zoomend", () => {
      if (following) return;
      const { lat, lng } = map.getCenter();
      channel.postMessage({ lat, lng, zoom: map.getZoom() });
    });
    channel.onmessage = ({ data }) => {
      following = moved = true;
      map.setView([data.lat, data.lng], data.zoom, { animate: false });
      following = false;
    };
  };

  const recall = () => {
    const kept = options.memory && sessionStorage.getItem(options.memory);
    if (!kept) return false;
    const { lat, lng, zoom } = JSON.parse(kept);
    map.setView([lat, lng], zoom, { animate: false });
    return true;
  };

  const keepPosition = () => {
    if (!moved || !options.memory) return;
    const { lat, lng } = map.getCenter();
    sessionStorage.setItem(options.memory, JSON.stringify({ lat, lng, zoom: map.getZoom() }));
  };

  const home = () => {
    moved = false;
    if (options.memory) sessionStorage.removeItem(options.memory);
    map.fitBounds(options.bounds, { animate: false });
  };

  const addHome = () => {
    const control = L.control({ position: "topleft" });
    control.onAdd = () => {
      const bar = element("div", "", "leaflet-bar leaflet-control");
      const button = element("a", "⌂", "home");
      button.setAttribute("role", "button");
      button.setAttribute("aria-label", options.home);
      button.title = options.home;
      button.href = "#";
      L.DomEvent.on(button, "click", (event) => {
        L.DomEvent.stop(event);
        home();
      });
      bar.append(button);
      return bar;
    };
    control.addTo(map);
  };

  const watch = () => {
    const mine = () => (moved = true);
    const press = ({ clientX, clientY, pointerType }) =>
      (pressed = pointerType === "mouse" ? { x: clientX, y: clientY } : null);
    map.getContainer().addEventListener("pointerdown", press, { passive: true, capture: true });
    for (const sort of ["pointerdown", "wheel", "keydown"])
      map.getContainer().addEventListener(sort, mine, { passive: true });
    moved = recall();
    const refit = () => {
      map.invalidateSize({ animate: false });
      if (!moved) map.fitBounds(options.bounds, { animate: false });
      placeLabels();
    };
    new ResizeObserver(refit).observe(map.getContainer());
    refit();
    map.on("moveend zoomend", () => {
      keepPosition();
      placeLabels();
    });
  };

  const read = async (source) => {
    if (typeof source !== "string") return source;
    const answer = await fetch(source);
    if (!answer.ok) throw new Error(`${answer.status} ${source}`);
    return answer.json();
  };

  const start = async (target, given) => {
    map = target;
    options = given;
    map.attributionControl.setPrefix("Leaflet");
    map.attributionControl.addAttribution(element("span", options.attribution).innerHTML);
    map.createPane("outlines").style.zIndex = 450;
    map.getPane("outlines").style.pointerEvents = "none";
    L.control.scale({ imperial: false }).addTo(map);
    addHome();
    watch();
    link();
    const context = options.context && read(options.context);
    drawAreas(await read(options.areas));
    if (context) drawContext(await context);
  };

  const show = (next) => {
    // streamlit-folium keeps every group it was ever given; the areas themselves are ours.
    window.feature_group = [];
    state = { ...next, fills: {}, tips: {} };
    for (const [kode, [fill, ...texts]] of Object.entries(next.areas)) {
      state.fills[kode] = next.palette[fill];
      state.tips[kode] = texts;
    }
    paint();
  };

  window.kantong = { start, show };
})();
