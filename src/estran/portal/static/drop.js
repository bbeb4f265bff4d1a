// A file dropped on its field is chosen as if by the button. Without this script the button does the same.
for (const input of document.querySelectorAll("input[data-drop]")) {
  const zone = input.closest(".field");
  zone.addEventListener("dragover", (event) => event.preventDefault());
  zone.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
  });
}
